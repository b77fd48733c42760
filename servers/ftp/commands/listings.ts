/** Listings: LIST, NLST and MLSD over a data connection; MLST and STAT over the control connection. */
import type { Entry } from '../../../shared/files/entry.ts'
import { factsFeature, formatFacts, formatList } from '../files/listing.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import { runTransfer, thenCloseConnector } from '../transfer/transfer.ts'
import type { Commands, Reply } from './command.ts'
import { describeSession } from './information.ts'

/** Size of the chunks in which lines are sent: a packet for each line would be slow. */
const CHUNK_CHARACTERS = 16 * 1024
/** Maximum entries in a STAT reply: the client must read all of it before the reply to its next command. */
const MAX_STAT_ENTRIES = 1000

/** Formats one entry as one line, without a line end. */
type Format = (entry: Entry) => string

function list(state: SessionState, reply: Reply, argument: string): Promise<void> {
  return sendListing(state, reply, withoutFlags(argument), listFormat)
}

/** Every line is a path that the client can pass to RETR (RFC 1123, section 4.1.2.7). */
function nlst(state: SessionState, reply: Reply, argument: string): Promise<void> {
  return sendListing(state, reply, withoutFlags(argument), prefix => entry => prefix + entry.name)
}

/** MLSD is for directories only (RFC 3659, section 7.2). */
async function mlsd(state: SessionState, reply: Reply, path: string): Promise<void> {
  const { kind } = await state.files.stat(path)
  if (kind !== 'directory') throw new ReplyError(501, 'Not a directory; use MLST for a file')
  await sendListing(state, reply, path, () => factsFormat(state))
}

/** The name in the reply is a full path (RFC 3659, section 7.2). */
async function mlst(state: SessionState, reply: Reply, path: string): Promise<void> {
  const entry = { ...(await state.files.stat(path)), name: state.files.resolve(path) }
  reply(250, `Facts of ${entry.name}`, factsFormat(state)(entry), 'End')
}

async function stat(state: SessionState, reply: Reply, argument: string): Promise<void> {
  const path = withoutFlags(argument)
  if (path === '') return reply(211, ...describeSession(state))
  const { entries } = await state.files.select(path)
  const format = listFormat()
  const lines: string[] = []
  for await (const batch of entries) {
    lines.push(...batch.slice(0, MAX_STAT_ENTRIES - lines.length).map(format))
    if (lines.length >= MAX_STAT_ENTRIES) break
  }
  reply(213, `Status of ${state.files.resolve(path)}`, ...lines, 'End')
}

async function sendListing(
  state: SessionState,
  reply: Reply,
  path: string,
  createFormat: (prefix: string) => Format,
): Promise<void> {
  await thenCloseConnector(state, async () => {
    const { prefix, entries } = await state.files.select(path)
    await runTransfer(state, reply, {
      direction: 'download',
      description: `the listing of ${state.files.resolve(path)}`,
      // Lines end with CRLF in either type, because a listing is text.
      run: async channel => {
        for await (const chunk of chunks(entries, createFormat(prefix))) await channel.write(Buffer.from(chunk))
        await channel.end()
      },
    })
  })
}

async function* chunks(entries: AsyncIterable<readonly Entry[]>, format: Format): AsyncIterable<string> {
  let chunk = ''
  for await (const batch of entries) {
    for (const entry of batch) chunk += `${format(entry)}\r\n`
    if (chunk.length < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

function listFormat(): Format {
  const now = new Date()
  return entry => formatList(entry, now)
}

function factsFormat(state: SessionState): Format {
  return entry => formatFacts(entry, state.facts, state.files.rights(entry))
}

/** Removes flags of `ls`, which many clients send (`LIST -al dir`); they have no effect. A path follows `--` in any case. */
function withoutFlags(argument: string): string {
  return argument.replace(/^(-\w+( +|$))*(-- +)?/, '')
}

export const listings: Commands = {
  LIST: { syntax: '[<path>]', requires: 'read', run: list },
  NLST: { syntax: '[<path>]', requires: 'read', run: nlst },
  MLSD: { syntax: '[<directory>]', requires: 'read', run: mlsd },
  MLST: { syntax: '[<path>]', requires: 'read', feature: ({ facts }) => factsFeature(facts), run: mlst },
  STAT: { syntax: '[<path>]', requires: 'read', run: stat },
}
