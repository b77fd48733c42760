/** Transfer parameters: TYPE, REST, OPTS. */
import { parseFacts } from '../files/listing.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Commands, Reply } from './command.ts'

const TYPES: Readonly<Record<string, SessionState['type']>> = {
  A: 'ascii',
  'A N': 'ascii',
  I: 'image',
  'L 8': 'image',
}

function type(state: SessionState, reply: Reply, argument: string): void {
  if (argument === '') throw new ReplyError(501, 'TYPE needs A or I')
  const selected = TYPES[argument.toUpperCase()]
  if (!selected) throw new ReplyError(504, 'Only TYPE A and TYPE I are known here')
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

/** RFC 2389, section 4. UTF-8 cannot be switched off, so that a name means the same file in every session. */
function opts(state: SessionState, reply: Reply, argument: string): void {
  const [option = '', setting = ''] = argument.split(' ')
  const normalized = `${option} ${setting}`.trim().toUpperCase()
  if (option.toUpperCase() === 'MLST') {
    state.facts = parseFacts(setting)
    reply(200, `MLST OPTS ${state.facts.map(fact => `${fact};`).join('')}`.trimEnd())
  } else if (normalized === 'UTF8' || normalized === 'UTF8 ON') {
    reply(200, 'Names are always in UTF-8')
  } else {
    throw new ReplyError(normalized === 'UTF8 OFF' ? 504 : 501, 'No such option')
  }
}

export const settings: Commands = {
  TYPE: { syntax: 'A | I', requires: 'login', run: type },
  REST: { syntax: '<byte>', requires: 'login', feature: 'REST STREAM', run: rest },
  OPTS: { syntax: 'UTF8 ON | MLST <fact>;...', requires: 'nothing', feature: 'UTF8', run: opts },
}
