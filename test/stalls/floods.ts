/** The floods of the table: many sessions, many commands, or many messages. */
import { sendMessages } from '../bench/smtp/smtp-source.ts'
import { endless } from './messages.ts'
import { get } from './requests.ts'
import { open, play, sendRest } from './sessions.ts'
import type { Action } from './stop.ts'
import type { Suite } from './suite.ts'

export interface Flood {
  readonly name: string
  readonly action: Action
  /** Runs before the measurement. */
  prepare?(suite: Suite): Promise<unknown>
  run(suite: Suite): Promise<unknown>
}

const LARGE_BYTES = 10 * 1024 * 1024
const FOLLOWERS = 50
/** Messages in the store while it is listed, searched and cleared. */
const STORED = 10_000
/** `alice` and the password of the demonstration account, which costs the server its scrypt hash. */
const AUTH = `AUTH PLAIN ${Buffer.from('\0alice\0wonderland').toString('base64')}\r\n`

function times<Result>(count: number, run: () => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, run))
}

function session(commands: string): Buffer {
  return Buffer.from(`EHLO client.example\r\n${commands}QUIT\r\n`)
}

async function sendEndless({ smtpPort }: Suite): Promise<void> {
  const bytes = endless(LARGE_BYTES)
  const sockets = await times(95, () => open(smtpPort))
  await Promise.all(sockets.map(socket => sendRest(socket, bytes)))
  for (const socket of sockets) socket.destroy()
}

/** A message from every client that the server accepts, all at once. */
async function sendFromAll({ smtpPort }: Suite): Promise<void> {
  const sockets = await times(1000, () => open(smtpPort))
  const bytes = endless(1024 * 1024)
  await Promise.all(sockets.map(socket => sendRest(socket, bytes)))
  for (const socket of sockets) socket.destroy()
}

async function openIdle({ smtpPort }: Suite): Promise<void> {
  for (const socket of await times(1000, () => open(smtpPort))) socket.destroy()
}

/** Follows the mail with many clients while messages arrive. */
async function follow(suite: Suite): Promise<void> {
  const stop = new AbortController()
  const { signal } = stop
  await times(FOLLOWERS, () => fetch(`http://127.0.0.1:${suite.httpPort}/mail/events`, { signal }))
  await sendMessages(suite.smtpPort, 'kept', 500)
  stop.abort()
}

/** Stores messages until there are 10,000. */
async function fillStore(suite: Suite): Promise<void> {
  const missing = STORED - (await countMessages(suite))
  if (missing > 0) await sendMessages(suite.smtpPort, 'kept', missing)
}

async function countMessages({ httpPort }: Suite): Promise<number> {
  let count = 0
  for (let next: string | undefined = '/mail?limit=1000'; next !== undefined; ) {
    const response: Response = await fetch(`http://127.0.0.1:${httpPort}${next}`)
    count += ((await response.json()) as unknown[]).length
    next = /<([^>]*)>/.exec(response.headers.get('link') ?? '')?.[1]
  }
  return count
}

export const FLOODS: readonly Flood[] = [
  {
    name: '5,000 wrong commands',
    action: 'send',
    run: suite => play(suite.smtpPort, session('XYZZY\r\n'.repeat(5000))),
  },
  { name: '200,000 NOOPs', action: 'send', run: suite => play(suite.smtpPort, session('NOOP\r\n'.repeat(200_000))) },
  {
    name: '50 sessions of 200,000 NOOPs',
    action: 'send',
    run: ({ smtpPort }) => times(50, () => play(smtpPort, session('NOOP\r\n'.repeat(200_000)))),
  },
  {
    name: '90,000 recipients refused',
    action: 'send',
    run: ({ smtpPort }) =>
      play(smtpPort, session(`MAIL FROM:<>\r\n${'RCPT TO:<eve@fourwire.test>\r\n'.repeat(90_000)}`)),
  },
  { name: '95 messages of 10 MiB, no end', action: 'send', run: sendEndless },
  { name: '1,000 messages of 1 MiB, no end', action: 'send', run: sendFromAll },
  { name: '1,000 idle sessions', action: 'send', run: openIdle },
  { name: '100 sign-ins', action: 'send', run: ({ smtpPort }) => times(100, () => play(smtpPort, session(AUTH))) },
  {
    name: '3,000 messages, sessions kept',
    action: 'send',
    run: ({ smtpPort }) => sendMessages(smtpPort, 'kept', 3000),
  },
  { name: '1,000 messages, new sessions', action: 'send', run: ({ smtpPort }) => sendMessages(smtpPort, 'new', 1000) },
  { name: '50 clients of /mail/events', action: 'send', run: follow },
  {
    name: '1,000 of 10,000 messages',
    action: 'list',
    prepare: fillStore,
    run: suite => get(suite, '/mail?limit=1000'),
  },
  {
    name: 'search in 10,000 messages',
    action: 'search',
    prepare: fillStore,
    run: suite => get(suite, '/mail?q=from:alice'),
  },
  {
    name: 'DELETE of 10,000 messages',
    action: 'delete',
    prepare: fillStore,
    run: suite => get(suite, '/mail', 'DELETE'),
  },
]
