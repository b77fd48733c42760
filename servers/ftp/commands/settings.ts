/** How the session works: TYPE, OPTS, REST; and what the server can do: FEAT, HELP. */
import { chooseFacts } from '../listing.ts'
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import type { Rules } from './rule.ts'

const TYPES: Readonly<Record<string, Session['type']>> = {
  A: 'ascii',
  'A N': 'ascii',
  I: 'image',
  'L 8': 'image',
}

function type(session: Session, argument: string): void {
  if (argument === '') throw new Refusal(501, 'TYPE needs A or I')
  const wanted = TYPES[argument.toUpperCase()]
  if (!wanted) throw new Refusal(504, 'Only TYPE A and TYPE I are known here')
  session.type = wanted
  session.reply(200, wanted === 'ascii' ? 'Type is ASCII: lines end with CRLF' : 'Type is image: bytes as they are')
}

function rest(session: Session, argument: string): void {
  // 15 digits are less than 2^53, and more than any file.
  if (!/^\d{1,15}$/.test(argument)) throw new Refusal(501, 'REST needs a number of bytes')
  session.restartAt = Number(argument)
  session.reply(350, `The next transfer starts at byte ${session.restartAt}`)
}

/** RFC 2389, section 4. UTF-8 cannot be switched off: a name must mean the same to everybody. */
function opts(session: Session, argument: string): void {
  const [option = '', setting = ''] = argument.split(' ')
  const wanted = `${option} ${setting}`.trim().toUpperCase()
  if (option.toUpperCase() === 'MLST') {
    session.facts = chooseFacts(setting)
    session.reply(200, `MLST OPTS ${session.facts.map(fact => `${fact};`).join('')}`.trimEnd())
  } else if (wanted === 'UTF8' || wanted === 'UTF8 ON') {
    session.reply(200, 'Names are always in UTF-8')
  } else {
    throw new Refusal(wanted === 'UTF8 OFF' ? 504 : 501, 'No such option')
  }
}

export const settings: Rules = {
  TYPE: { syntax: 'A | I', needs: 'login', run: (session, { argument }) => type(session, argument) },
  REST: {
    syntax: '<byte>',
    needs: 'login',
    feature: 'REST STREAM',
    run: (session, { argument }) => rest(session, argument),
  },
  OPTS: {
    syntax: 'UTF8 ON | MLST <fact>;...',
    needs: 'nothing',
    feature: 'UTF8',
    run: (session, { argument }) => opts(session, argument),
  },
}
