import { expect, test } from 'vitest'
import { Transcript } from '../../../../servers/smtp/message/transcript.ts'

/** Records `C: ...` and `S: ...` lines. */
function record(transcript: Transcript, lines: readonly string[]): void {
  for (const line of lines) {
    if (line.startsWith('C: ')) transcript.command(line.slice(3))
    else transcript.reply(line.slice(3))
  }
}

const OPENING = ['S: 220 mail', 'C: EHLO me', 'S: 250 mail']
const TRANSACTION = ['C: MAIL FROM:<a@x.test>', 'S: 250 sender', 'C: RCPT TO:<b@x.test>', 'S: 250 recipient']

function opened(): Transcript {
  const transcript = new Transcript()
  record(transcript, OPENING)
  return transcript
}

function text(...lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

test('a transcript has the opening of the session and the transaction', () => {
  const transcript = opened()
  record(transcript, TRANSACTION)
  transcript.content(12)
  expect(transcript.text).toBe(text(...OPENING, ...TRANSACTION, 'C: (12 bytes of message)'))
})

test('the transcript of a later message does not grow with the messages before it', () => {
  const transcript = opened()
  for (let message = 0; message < 100; message += 1) {
    record(transcript, TRANSACTION)
    transcript.endTransaction()
    record(transcript, ['S: 250 stored', 'C: NOOP', 'S: 250 nothing', 'C: RSET', 'S: 250 reset'])
  }
  record(transcript, TRANSACTION)
  expect(transcript.text).toBe(text(...OPENING, ...TRANSACTION))
})

test('a command that lasts for the session belongs to the opening, also after a message', () => {
  const transcript = opened()
  record(transcript, TRANSACTION)
  transcript.endTransaction()
  const signIn = ['C: AUTH LOGIN', 'S: 334 user', 'C: ****', 'S: 334 password', 'C: ****', 'S: 235 signed in']
  record(transcript, ['S: 250 stored', ...signIn, ...TRANSACTION])
  expect(transcript.text).toBe(text(...OPENING, ...signIn, ...TRANSACTION))
})

test('EHLO in the middle of a transaction keeps its own reply', () => {
  const transcript = opened()
  record(transcript, [...TRANSACTION, 'C: EHLO again'])
  transcript.endTransaction()
  record(transcript, ['S: 250 mail', ...TRANSACTION])
  expect(transcript.text).toBe(text(...OPENING, 'C: EHLO again', 'S: 250 mail', ...TRANSACTION))
})

test('a transcript is bounded', () => {
  const transcript = opened()
  for (let recipient = 0; recipient < 10_000; recipient += 1) record(transcript, TRANSACTION)
  expect(transcript.text.length).toBeLessThanOrEqual(64 * 1024)
})
