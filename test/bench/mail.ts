/**
 * `npm run bench:mail`: the time of lists and searches over 100,000 messages in a SQLite file, and of storing and indexing
 * them, with the worker threads that `npm run build` built. Fails if the 95th percentile of a query is above the aim of 20 ms.
 *
 *     npm run bench:mail -- [MESSAGES]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseQuery } from '../../shared/store/mail/mail-filter.ts'
import type { MailStore } from '../../shared/store/mail/mail-store.ts'
import type { ListOptions } from '../../shared/store/mail/message-list.ts'
import { Store } from '../../shared/store/store.ts'

const MESSAGES = Number(process.argv[2] ?? 100_000)
const AIM_MS = 20
const ROUNDS = 60
/** Messages that are added at once. */
const BATCH = 500
const WORDS = ['invoice', 'meeting', 'holiday', 'report', 'password', 'welcome', 'apple', 'river', 'window', 'paper']

/** The message of a number: common words, one word of its own, rarely an attachment, and a few mailboxes. */
function messageOf(number: number) {
  const words = Array.from({ length: 60 }, (_, index) => WORDS[(number * 7 + index * index) % WORDS.length]).join(' ')
  const to = number % 5000 === 0 ? 'rare@fourwire.test' : `user${number % 20}@fourwire.test`
  const text = `Subject: ${WORDS[number % WORDS.length]} ${number}\r\nFrom: Ann <ann@x.test>\r\nTo: ${to}\r\n`
  const plain = `\r\n${words} unique${number}\r\n`
  const attachment = `Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n${plain}--m\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\nx\r\n--m--\r\n`
  const raw = Buffer.from(text + (number % 1000 === 0 ? attachment : plain))
  return { envelope: { from: `sender${number % 50}@x.test`, to: [to] }, raw }
}

/** Each round of a query is a little different, so that no round repeats another. */
const QUERIES: Readonly<Record<string, (round: number, middle: string) => ListOptions>> = {
  'newest page': () => ({}),
  'page in the middle': (_, middle) => ({ cursor: middle }),
  'common word': round => search(WORDS[round % WORDS.length] ?? ''),
  'two common words': round => search(`${WORDS[round % 10]} ${WORDS[(round + 3) % 10]}`),
  'rare word': round => search(`unique${(round * 997) % MESSAGES}`),
  'beginning of a word': round => search(`uni${round % 2 ? 'q' : 'qu'}`),
  phrase: round => search(`text:"${WORDS[round % 10]} ${WORDS[(round + 1) % 10]}"`),
  'subject:': round => search(`subject:${WORDS[round % 10]}`),
  'from:': round => search(`from:sender${round % 50}`),
  'to:': round => search(`to:user${round % 20}`),
  'to: of few messages': () => search('to:rare'),
  'has:attachment': () => search('has:attachment'),
  'is:seen, of none': () => search('is:seen'),
  'before: the first message': () => search('before:2020-01-01'),
  'word and from:': round => search(`${WORDS[round % 10]} from:sender${round % 50}`),
  'word of no message': () => search('nothing'),
  mailbox: round => ({ filter: { mailbox: `user${round % 20}@fourwire.test` } }),
  'mailbox of few messages': () => ({ filter: { mailbox: 'rare@fourwire.test' } }),
  'mailboxes of an account': round => ({ filter: { owner: `user${round % 20}` } }),
  'word in a mailbox': round => ({
    filter: { ...parseQuery(WORDS[round % 10] ?? ''), mailbox: 'user7@fourwire.test' },
  }),
}

function search(query: string): ListOptions {
  return { filter: parseQuery(query) }
}

async function fill(mail: MailStore): Promise<void> {
  const start = performance.now()
  for (let number = 0; number < MESSAGES; number += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, (_, index) => mail.add(messageOf(number + index))))
  }
  const stored = performance.now()
  let pending: number | undefined = MESSAGES
  while (pending !== 0) pending = (await mail.list(search('nothing'))).pending
  const indexed = performance.now()
  const rate = (milliseconds: number) => Math.round((MESSAGES / milliseconds) * 1000).toLocaleString('en')
  process.stdout.write(`${MESSAGES} messages: stored ${rate(stored - start)}/s, indexed ${rate(indexed - stored)}/s\n`)
}

/** Returns the times in milliseconds, shortest first. */
async function measure(mail: MailStore, options: (round: number) => ListOptions): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now()
    await mail.list(options(round))
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-mail-'))
const store = new Store({ kind: 'sqlite', file: path.join(folder, 'mail.db') })
try {
  const { mail } = await store.open()
  await fill(mail)
  for (const [name, options] of Object.entries(QUERIES)) {
    const times = await measure(mail, round => options(round, String(MESSAGES >> 1)))
    const [median = 0, p95 = 0] = [times[Math.floor(ROUNDS / 2)], times[Math.floor(ROUNDS * 0.95)]]
    const isSlow = p95 > AIM_MS
    if (isSlow) process.exitCode = 1
    const figures = `median ${median.toFixed(1).padStart(6)} ms, p95 ${p95.toFixed(1).padStart(6)} ms`
    process.stdout.write(`${name.padEnd(26)} ${figures}${isSlow ? `, above ${AIM_MS} ms` : ''}\n`)
  }
} finally {
  await store.close()
  await rm(folder, { recursive: true })
}
