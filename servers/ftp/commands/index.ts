/** The table of commands. */
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import { dataConnections } from './data-connections.ts'
import { files } from './files.ts'
import { ftpSrv } from './ftp-srv.ts'
import { listings } from './listings.ts'
import { login } from './login.ts'
import type { Reply, Rule, Rules } from './rule.ts'
import { settings } from './settings.ts'
import { transfers } from './transfers.ts'

/** Commands of RFC 959 that get 502; an unknown command gets 500. */
const NOT_IMPLEMENTED = ['ACCT', 'REIN', 'SITE', 'SMNT', 'STOU'] as const

const information: Rules = {
  FEAT: { syntax: '', requires: 'nothing', run: feat },
  HELP: { syntax: '[<command>]', requires: 'nothing', run: help },
}

const implemented: Rules = {
  ...login,
  ...settings,
  ...dataConnections,
  ...listings,
  ...transfers,
  ...files,
  ...ftpSrv,
  ...information,
}

export const COMMANDS: ReadonlyMap<string, Rule> = new Map([
  ...Object.entries(implemented),
  ...NOT_IMPLEMENTED.map(verb => [verb, notImplemented(verb)] as const),
])

function notImplemented(verb: string): Rule {
  return {
    syntax: '(not implemented)',
    requires: 'nothing',
    run: () => {
      throw new ReplyError(502, `${verb} is not implemented`)
    },
  }
}

function feat(_state: SessionState, reply: Reply): void {
  const features = [...COMMANDS.values()].flatMap(rule => rule.feature ?? [])
  reply(211, 'Features', ...features.sort(), 'End')
}

const VERBS_PER_LINE = 8

function help(_state: SessionState, reply: Reply, argument: string): void {
  const verb = argument.toUpperCase()
  const rule = COMMANDS.get(verb)
  if (verb !== '' && !rule) throw new ReplyError(501, 'No such command')
  if (rule) reply(214, `${verb} ${rule.syntax}`.trimEnd())
  else reply(214, 'The commands are', ...verbLines(), 'HELP <command> shows what follows it')
}

function verbLines(): string[] {
  const verbs = Object.keys(implemented).sort()
  return Array.from({ length: Math.ceil(verbs.length / VERBS_PER_LINE) }, (_, line) =>
    verbs.slice(line * VERBS_PER_LINE, (line + 1) * VERBS_PER_LINE).join(' '),
  )
}
