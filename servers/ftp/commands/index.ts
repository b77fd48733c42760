/** The commands, one table: ours where ftp-srv's own would not do, ftp-srv's where it is right. */
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import { access } from './access.ts'
import { connections } from './connections.ts'
import { contents } from './contents.ts'
import { files } from './files.ts'
import { library } from './library.ts'
import { listings } from './listings.ts'
import type { Rule, Rules } from './rule.ts'
import { settings } from './settings.ts'

/** Of RFC 959, and left out: the server knows them, and says so (502, where 500 is for words it does not know). */
const LEFT_OUT = ['ACCT', 'REIN', 'SITE', 'SMNT', 'STOU'] as const

const leftOut: Rule = {
  syntax: '(not implemented)',
  needs: 'nothing',
  run: (_, { verb }) => {
    throw new Refusal(502, `${verb} is not implemented`)
  },
}

const about: Rules = {
  FEAT: { syntax: '', needs: 'nothing', run: feat },
  HELP: { syntax: '[<command>]', needs: 'nothing', run: (session, { argument }) => help(session, argument) },
}

export const COMMANDS: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...access,
    ...settings,
    ...connections,
    ...listings,
    ...contents,
    ...files,
    ...library,
    ...about,
    ...Object.fromEntries(LEFT_OUT.map(verb => [verb, leftOut])),
  }),
)

function feat(session: Session): void {
  const features = [...COMMANDS.values()].flatMap(rule => rule.feature ?? [])
  session.reply(211, 'Features', ...features.sort(), 'End')
}

const VERBS_A_LINE = 8

function help(session: Session, argument: string): void {
  const verb = argument.toUpperCase()
  const rule = COMMANDS.get(verb)
  if (verb !== '' && !rule) throw new Refusal(501, 'No such command')
  if (rule) session.reply(214, `${verb} ${rule.syntax}`.trimEnd())
  else session.reply(214, 'The commands are', ...allCommands(), 'HELP <command> shows what follows it')
}

function allCommands(): string[] {
  const verbs = [...COMMANDS].flatMap(([verb, rule]) => (rule === leftOut ? [] : verb)).sort()
  return Array.from({ length: Math.ceil(verbs.length / VERBS_A_LINE) }, (_, line) =>
    verbs.slice(line * VERBS_A_LINE, (line + 1) * VERBS_A_LINE).join(' '),
  )
}
