/** SITE (RFC 959): CHMOD and UTIME, as other servers for Unix have them, and HELP. */
import { formatTime, parseTime } from '../files/listing.ts'
import { authorize } from '../session/authorize.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Command, Commands, Reply } from './command.ts'

async function chmod(state: SessionState, reply: Reply, argument: string): Promise<void> {
  const [, digits = '', path = ''] = /^0?([0-7]{3}) (.+)$/s.exec(argument) ?? []
  if (path === '') throw new ReplyError(501, 'SITE CHMOD needs a mode such as 644 and a path')
  await state.files.changeMode(path, Number.parseInt(digits, 8))
  state.environment.log('changed the mode', { path: state.files.resolve(path), mode: digits })
  reply(200, `The mode is ${digits} now`)
}

/** `UTIME 20261122170000 a.txt`, or with the times of access, modification and creation after the path, which lftp sends. */
const UTIME_BEFORE = /^(?<modified>\d{12}(?:\d\d)?) (?<path>.+)$/s
const UTIME_AFTER = /^(?<path>.+) \d{14} (?<modified>\d{14}) \d{14} UTC$/s

async function utime(state: SessionState, reply: Reply, argument: string): Promise<void> {
  const { path = '', modified: digits = '' } = (UTIME_AFTER.exec(argument) ?? UTIME_BEFORE.exec(argument))?.groups ?? {}
  const modified = parseTime(digits.padEnd(14, '0'))
  if (!modified) throw new ReplyError(501, 'SITE UTIME needs a time such as 20261122170000 (UTC) and a path')
  await state.files.setModified(path, modified)
  state.environment.log('changed the time', { path: state.files.resolve(path), modified })
  reply(200, `The time is ${formatTime(modified)} now`)
}

const SITE_COMMANDS: Commands = {
  CHMOD: { syntax: '<mode> <path>', requires: 'write', run: chmod },
  UTIME: { syntax: '<YYYYMMDDhhmm[ss]> <path>', requires: 'write', run: utime },
  HELP: { syntax: '', requires: 'nothing', run: help },
}

function help(_state: SessionState, reply: Reply): void {
  const lines = Object.entries(SITE_COMMANDS).map(([name, { syntax }]) => `SITE ${name} ${syntax}`.trimEnd())
  reply(214, 'The commands of SITE are', ...lines, 'End')
}

async function site(state: SessionState, reply: Reply, argument: string): Promise<void> {
  const [, name = '', rest = ''] = /^(\S*) ?(.*)$/s.exec(argument) ?? []
  const verb = name.toUpperCase()
  const command: Command | undefined = Object.hasOwn(SITE_COMMANDS, verb) ? SITE_COMMANDS[verb] : undefined
  if (!command) throw unknownCommand(verb)
  await authorize(state, command.requires)
  await command.run(state, reply, rest)
}

function unknownCommand(verb: string): ReplyError {
  const names = Object.keys(SITE_COMMANDS).join(', ')
  const known = `the server has ${names.replace(/, (?=\w+$)/, ' and ')}`
  if (verb === '') return new ReplyError(501, `SITE needs a command: ${known}`)
  // Like other unknown commands, it is repeated only if it can be one.
  const name = /^[A-Z]{1,8}$/.test(verb) ? ` ${verb}` : ''
  return new ReplyError(504, `Unknown SITE command${name}: ${known}`)
}

export const siteCommands: Commands = {
  SITE: { syntax: 'CHMOD <mode> <path> | HELP | UTIME <time> <path>', requires: 'nothing', run: site },
}
