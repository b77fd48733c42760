/** What is there: LIST, NLST and MLSD on a data connection; MLST and STAT on the control connection. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Entry, FACTS, formatFacts, formatList } from '../listing.ts'
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import { runTransfer, withConnector } from '../transfer.ts'
import type { Rules } from './rule.ts'

/** Lines are gathered into pieces of about this size, so that a listing is not a packet a line. */
const PIECE_CHARACTERS = 16 * 1024
/** How many entries STAT tells; a listing as a reply has to be read whole before anything else can be said. */
const MAX_STAT_LINES = 1000

/** Clients give `ls` its flags here (`LIST -al dir`). All is always shown, so they change nothing. */
function withoutFlags(argument: string): string {
  return argument.replace(/^(-\w+( +|$))+/, '')
}

type Format = (entry: Entry) => string

async function list(session: Session, path: string, format: (prefix: string) => Format): Promise<void> {
  await withConnector(session, async () => {
    const { prefix, entries } = await session.tree.select(path)
    await runTransfer(session, {
      direction: 'out',
      about: `the listing of ${session.tree.resolve(path)}`,
      // Always with CRLF: a listing is text, whatever TYPE says.
      move: (socket, signal) => pipeline(Readable.from(pieces(entries, format(prefix))), socket, { signal }),
    })
  })
}

async function* pieces(entries: AsyncIterable<Entry>, format: Format): AsyncIterable<string> {
  let piece = ''
  for await (const entry of entries) {
    piece += `${format(entry)}\r\n`
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

function listFormat(): Format {
  const now = new Date()
  return entry => formatList(entry, now)
}

function factsFormat(session: Session): Format {
  const writes = session.account?.writes === true
  return entry => formatFacts(entry, session.facts, writes)
}

/** RFC 3659, section 7.2: MLSD is for directories. */
async function mlsd(session: Session, path: string): Promise<void> {
  const { kind } = await session.tree.entry(path)
  if (kind !== 'directory') throw new Refusal(501, 'Not a directory; MLST tells of a file')
  await list(session, path, () => factsFormat(session))
}

/** RFC 3659, section 7.2: the name in MLST's answer is a whole path. */
async function mlst(session: Session, path: string): Promise<void> {
  const entry = { ...(await session.tree.entry(path)), name: session.tree.resolve(path) }
  session.reply(250, `Facts of ${entry.name}`, factsFormat(session)(entry), 'End')
}

async function stat(session: Session, argument: string): Promise<void> {
  const path = withoutFlags(argument)
  if (path === '') {
    const { type, account } = session
    return session.reply(211, 'Fourwire FTP server', `Logged in as ${account?.name}`, `TYPE is ${type}`, 'End')
  }
  const { entries } = await session.tree.select(path)
  const lines: string[] = []
  for await (const entry of entries) {
    if (lines.push(listFormat()(entry)) >= MAX_STAT_LINES) break
  }
  session.reply(213, `Status of ${session.tree.resolve(path)}`, ...lines, 'End')
}

export const listings: Rules = {
  LIST: {
    syntax: '[<path>]',
    needs: 'login',
    run: (session, { argument }) => list(session, withoutFlags(argument), listFormat),
  },
  // RFC 1123, section 4.1.2.7: what NLST tells can be given to RETR as it stands.
  NLST: {
    syntax: '[<path>]',
    needs: 'login',
    run: (session, { argument }) => list(session, withoutFlags(argument), prefix => entry => prefix + entry.name),
  },
  MLSD: { syntax: '[<directory>]', needs: 'login', run: (session, { argument }) => mlsd(session, argument) },
  MLST: {
    syntax: '[<path>]',
    needs: 'login',
    feature: `MLST ${FACTS.map(fact => `${fact}*;`).join('')}`,
    run: (session, { argument }) => mlst(session, argument),
  },
  STAT: { syntax: '[<path>]', needs: 'login', run: (session, { argument }) => stat(session, argument) },
}
