/** Transfer parameters: TYPE, MODE, STRU (RFC 959), REST (RFC 3659) and OPTS (RFC 2389). */
import { parseFacts } from '../files/listing.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import { type Commands, type Reply, withArgument } from './command.ts'
import { delegate } from './delegated.ts'
import { selectAlgorithm } from './hash.ts'

/** Only these forms: telnet and carriage control formats (`A T`, `A C`) are for printers, and bytes have eight bits. */
const TYPES: Readonly<Record<string, SessionState['type']>> = {
  A: 'ascii',
  'A N': 'ascii',
  I: 'image',
  'L 8': 'image',
}

function type(state: SessionState, reply: Reply, argument: string): void {
  const selected = TYPES[argument.toUpperCase()]
  if (!selected)
    throw new ReplyError(/^[AEIL]( |$)/i.test(argument) ? 504 : 501, 'Only A, A N, I and L 8 are supported')
  state.type = selected
  reply(200, selected === 'ascii' ? 'Type is ASCII: lines end with CRLF' : 'Type is image: bytes as they are')
}

function rest(state: SessionState, reply: Reply, argument: string): void {
  state.restartOffset = 0
  // 15 digits are below 2^53 and beyond the size of any file.
  if (!/^\d{1,15}$/.test(argument)) throw new ReplyError(501, 'REST needs a number of bytes')
  state.restartOffset = Number(argument)
  reply(350, `The transfer that follows starts at byte ${state.restartOffset}`)
}

type Option = (state: SessionState, reply: Reply, setting: string) => void

const OPTIONS: Readonly<Record<string, Option>> = {
  MLST: selectFacts,
  HASH: selectAlgorithm,
  UTF8: utf8,
}

function opts(state: SessionState, reply: Reply, argument: string): void {
  const [, name = '', setting = ''] = /^(\S*) ?(.*)$/s.exec(argument) ?? []
  const option = Object.hasOwn(OPTIONS, name.toUpperCase()) ? OPTIONS[name.toUpperCase()] : undefined
  if (!option) throw new ReplyError(501, 'No such option; there are HASH, MLST and UTF8')
  option(state, reply, setting)
}

/** Ignores unknown facts; the reply has the selected facts (RFC 3659, section 7.9). */
function selectFacts(state: SessionState, reply: Reply, list: string): void {
  if (/\s/.test(list)) throw new ReplyError(501, 'OPTS MLST needs facts such as type;size;modify;')
  state.facts = parseFacts(list)
  reply(200, `MLST OPTS ${state.facts.map(fact => `${fact};`).join('')}`.trimEnd())
}

/** UTF-8 cannot be switched off, so that a name means the same file in every session. */
function utf8(_state: SessionState, reply: Reply, setting: string): void {
  if (!/^(on)?$/i.test(setting)) throw new ReplyError(/^off$/i.test(setting) ? 504 : 501, 'Names are always in UTF-8')
  reply(200, 'Names are always in UTF-8')
}

export const settings: Commands = {
  TYPE: withArgument('TYPE needs A or I', { syntax: 'A [N] | I | L 8', requires: 'login', run: type }),
  MODE: withArgument('MODE needs S', delegate('MODE', 'S', 'login')),
  STRU: withArgument('STRU needs F', delegate('STRU', 'F', 'login')),
  REST: { syntax: '<byte>', requires: 'login', feature: 'REST STREAM', run: rest },
  OPTS: {
    syntax: 'HASH [<algorithm>] | MLST [<fact>;...] | UTF8 ON',
    requires: 'nothing',
    feature: 'UTF8',
    run: opts,
  },
}
