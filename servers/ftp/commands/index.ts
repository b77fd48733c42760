/** The table of all commands, and the two that describe it: FEAT (RFC 2389) and HELP. */
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Command, Commands, Reply } from './command.ts'
import { dataConnections } from './data-connections.ts'
import { directories } from './directories.ts'
import { files } from './files.ts'
import { hashes } from './hash.ts'
import { hosts } from './hosts.ts'
import { information } from './information.ts'
import { listings } from './listings.ts'
import { login } from './login.ts'
import { security } from './security.ts'
import { settings } from './settings.ts'
import { siteCommands } from './site.ts'
import { storage } from './storage.ts'
import { storeUnique } from './store-unique.ts'
import { transfers } from './transfers.ts'

/** Commands of RFC 959 whose reply is 502; the reply to an unknown command is 500. */
const NOT_IMPLEMENTED = ['SMNT'] as const

const table: Commands = {
  FEAT: { syntax: '', requires: 'nothing', run: feat },
  HELP: { syntax: '[<command>]', requires: 'nothing', run: help },
}

const implemented: Commands = {
  ...hosts,
  ...login,
  ...security,
  ...directories,
  ...settings,
  ...dataConnections,
  ...listings,
  ...transfers,
  ...storeUnique,
  ...storage,
  ...files,
  ...hashes,
  ...siteCommands,
  ...information,
  ...table,
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

function feat(state: SessionState, reply: Reply): void {
  const features = Object.values(implemented).flatMap(({ feature }) =>
    typeof feature === 'function' ? (feature(state) ?? []) : (feature ?? []),
  )
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
