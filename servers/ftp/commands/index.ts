/** The table of all commands. */
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Command, Commands, Reply } from './command.ts'
import { dataConnections } from './data-connections.ts'
import { delegated } from './delegated.ts'
import { files } from './files.ts'
import { listings } from './listings.ts'
import { login } from './login.ts'
import { settings } from './settings.ts'
import { transfers } from './transfers.ts'

/** Commands of RFC 959 whose reply is 502; the reply to an unknown command is 500. */
const NOT_IMPLEMENTED = ['ACCT', 'REIN', 'SITE', 'SMNT', 'STOU'] as const

const information: Commands = {
  FEAT: { syntax: '', requires: 'nothing', run: feat },
  HELP: { syntax: '[<command>]', requires: 'nothing', run: help },
}

const implemented: Commands = {
  ...login,
  ...settings,
  ...dataConnections,
  ...listings,
  ...transfers,
  ...files,
  ...delegated,
  ...information,
}

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...Object.entries(implemented),
  ...NOT_IMPLEMENTED.map(verb => [verb, notImplemented(verb)] as const),
])

function notImplemented(verb: string): Command {
  return {
    syntax: '(not implemented)',
    requires: 'nothing',
    run: () => {
      throw new ReplyError(502, `${verb} is not implemented`)
    },
  }
}

function feat(_state: SessionState, reply: Reply): void {
  const features = [...COMMANDS.values()].flatMap(command => command.feature ?? [])
  reply(211, 'Features', ...features.sort(), 'End')
}

const VERBS_PER_LINE = 8

function help(_state: SessionState, reply: Reply, argument: string): void {
  const verb = argument.toUpperCase()
  const command = COMMANDS.get(verb)
  if (verb !== '' && !command) throw new ReplyError(501, 'No such command')
  if (command) reply(214, `${verb} ${command.syntax}`.trimEnd())
  else reply(214, 'The commands are', ...verbLines(), 'HELP <command> shows what follows it')
}

function verbLines(): string[] {
  const verbs = Object.keys(implemented).sort()
  return Array.from({ length: Math.ceil(verbs.length / VERBS_PER_LINE) }, (_, line) =>
    verbs.slice(line * VERBS_PER_LINE, (line + 1) * VERBS_PER_LINE).join(' '),
  )
}
