/** Messages for commander's usage errors, in place of its own. Pure. */
import type { Command, CommanderError } from 'commander'
import { didYouMean } from './settings/suggest.ts'

/** Returns true for an error of the user; false for `--help` and `--version`, which commander reports as errors too. */
export function isUsageError({ code, exitCode }: CommanderError): boolean {
  return exitCode !== 0 && code !== 'commander.help'
}

/** Describes what is wrong with a command line: `unknown option --prot. Did you mean \`--port\`? See fourwire hello --help`. */
export function describeUsageError(error: CommanderError, command: Command): string {
  const text = describe(error, command)
  return `${text}${/[.?]$/.test(text) ? '' : '.'} See ${fullName(command)} --help`
}

function describe({ code, message }: CommanderError, command: Command): string {
  const [, name = ''] = /'(.*?)'/.exec(message) ?? []
  if (code === 'commander.unknownOption') return unknownFlag(name, command)
  if (code === 'commander.unknownCommand') return `unknown command ${name}${didYouMean(name, commandNames(command))}`
  if (code === 'commander.missingArgument') return `missing argument <${name}>`
  if (code === 'commander.optionMissingArgument') return `missing value: ${name}`
  const choices = command.options.find(({ flags }) => flags === name)?.argChoices
  if (code === 'commander.invalidArgument' && choices) return invalidChoice(name, message, choices)
  return message.replace(/^error: /, '')
}

/** @param message commander's: `error: option '--log-level <LEVEL>' argument 'loud' is invalid. Allowed choices are ...` */
function invalidChoice(flags: string, message: string, choices: readonly string[]): string {
  const given = message.replace(/^.*argument '(.*)' is invalid.*$/s, '$1')
  const [flag] = flags.split(' ')
  return `${flag}: must be one of ${choices.join(', ')} (given: ${JSON.stringify(given)})${didYouMean(given, choices)}`
}

function unknownFlag(flag: string, command: Command): string {
  const options = command.options.filter(({ hidden }) => !hidden)
  const flags = options.flatMap(({ long }) => long ?? [])
  // `start --port` is short for `--dns-port`, `--http-port` and so on, which each have the heading of their service.
  const perService = options
    .filter(({ helpGroupHeading }) => helpGroupHeading !== undefined)
    .flatMap(({ long }) => (long?.endsWith(flag.replace(/^--/, '-')) ? long : []))
  if (perService.length > 1) return `unknown option ${flag}. Did you mean one of ${perService.join(', ')}?`
  return `unknown option ${flag}${didYouMean(flag, flags)}`
}

function commandNames(command: Command): string[] {
  return command.commands.map(inner => inner.name())
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name()
}
