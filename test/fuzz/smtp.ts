/**
 * `npm run fuzz:smtp [-- SESSIONS [SEED]]`: sends random and mutated sessions to the SMTP server. Fails if one of them crashes
 * the server, is a defect that ends a connection, hangs, or if memory grows.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { smtp, smtpOptions } from '../../servers/smtp/index.ts'
import { createContext, openTls } from '../../shared/launcher/index.ts'
import { createLog } from '../../shared/log.ts'
import { checkHeap, inMebibytes, measureHeap } from './shared/measure.ts'

const [sessions = 100_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number)
/** Sessions that run at the same time. */
const CONCURRENCY = 20
/** Milliseconds after which a session that has not ended hangs. */
const MAX_SESSION_MS = 60_000

const COMMANDS = [
  'EHLO client.example',
  'HELO x',
  'MAIL FROM:<ann@client.example>',
  'MAIL FROM:<> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x',
  'MAIL FROM:<"a b"@[IPv6:::1]>',
  'RCPT TO:<bob@fourwire.test>',
  'RCPT TO:<"a@b"@fourwire.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a',
  'RCPT TO:<eve@example.org>',
  'DATA',
  'DATA\r\nSubject: x\r\n\r\n..\r\n.',
  'BDAT 5\r\nab\r\nc',
  'BDAT 0 LAST',
  'BDAT 20000 LAST',
  'RSET',
  'NOOP',
  'VRFY bob',
  'HELP',
  'QUIT',
  'STARTTLS',
  'AUTH PLAIN AGEAYg==',
  'AUTH LOGIN\r\nYQ==\r\nYg==',
  'AUTH PLAIN\r\n*',
  '.',
  'XYZZY',
  'x'.repeat(3000),
]
const PREFIX = 'EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<bob@fourwire.test>\r\n'

const bytes = fc.uint8Array({ maxLength: 200 }).map(each => Buffer.from(each))
const line = fc.constantFrom(...COMMANDS).map(command => Buffer.from(`${command}\r\n`))
/** A line with some bytes replaced, inserted or removed. */
const mutatedLine = fc
  .tuple(
    line,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.uint8Array({ minLength: 1, maxLength: 4 })), { maxLength: 3 }),
  )
  .map(([original, mutations]) =>
    mutations.reduce((text, [at, removed, added]) => {
      const position = at % (text.length + 1)
      return Buffer.concat([text.subarray(0, position), added, text.subarray(position + removed)])
    }, original),
  )
const content = fc
  .array(fc.constantFrom('\r\n', '\n', '\r', '.', '\0', '.\r\n', 'text', 'x'.repeat(5000)), { maxLength: 30 })
  .map(parts => Buffer.from(parts.join('')))

/** What a client sends, in the parts in which it writes it. */
const session = fc
  .tuple(
    fc.constantFrom('', PREFIX, `${PREFIX}DATA\r\n`),
    fc.array(fc.oneof({ weight: 5, arbitrary: line }, { weight: 3, arbitrary: mutatedLine }, bytes, content), {
      maxLength: 25,
    }),
    fc.array(fc.nat(), { maxLength: 4 }),
  )
  .map(([prefix, parts, cuts]) => split(Buffer.concat([Buffer.from(prefix), ...parts]), cuts))

function split(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map(cut => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b)
  return ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end))
}

/** Plays a session to its end; throws if the server does not end it. */
async function play(port: number, parts: readonly Buffer[]): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  // The server may end the connection at any time.
  socket.on('error', () => undefined)
  socket.resume()
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(MAX_SESSION_MS) })
  for (const part of parts) {
    socket.write(part)
    await new Promise(resolve => setImmediate(resolve))
  }
  socket.end()
  try {
    await closed
  } catch (error) {
    socket.destroy()
    throw new Error('the session hangs', { cause: error })
  }
}

async function main(): Promise<void> {
  const dataFolder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-fuzz-'))
  const defects: string[] = []
  const log = await createLog('error', { write: text => defects.push(text) })
  const context = await createContext({ dataFolder, log, tls: await openTls({ dataFolder }), drainTime: 0 })
  const server = smtp.create(smtpOptions.parse({ port: 0, tlsPort: 0, auth: 'any', maxSize: 10_000 }), context)
  const port = (await server.listen())[0]?.port ?? 0
  const { mail } = await context.store.open()
  const batches = Math.ceil(sessions / CONCURRENCY)
  const heap: number[] = []
  let batch = 0
  await fc.assert(
    fc.asyncProperty(fc.array(session, { minLength: CONCURRENCY, maxLength: CONCURRENCY }), async all => {
      await Promise.all(all.map(parts => play(port, parts)))
      if (defects.length > 0) throw new Error(`a defect: ${defects.splice(0).join('')}`)
      batch += 1
      if (batch % Math.ceil(batches / 10) !== 0) return
      await mail.clear()
      heap.push(measureHeap())
    }),
    { numRuns: batches, seed, endOnFailure: process.env.CI === 'true', maxSkipsPerRun: 0 },
  )
  await server.close()
  await context.store.close()
  await rm(dataFolder, { recursive: true, force: true })
  process.stdout.write(`${batch * CONCURRENCY} sessions, seed ${seed}; heap in MiB: ${inMebibytes(heap)}\n`)
  checkHeap(heap)
}

await main()
