import { expect, test } from 'vitest'
import { MAX_CONVERSATIONS, MAX_EXCHANGES, MAX_TRANSCRIPT_LENGTH } from '../../../../servers/http/stubs/limits.ts'
import { Stub } from '../../../../servers/http/stubs/stub.ts'
import { Transcripts } from '../../../../servers/http/stubs/transcripts.ts'
import type { Direction } from '../../../../shared/trace/dissector.ts'
import { Trace } from '../../../../shared/trace/trace.ts'
import { record } from './record.ts'

test('the function of a stub has a bounded time', async () => {
  const stub = new Stub('1', 'program', {
    request: '/x',
    where: undefined,
    answers: [() => new Promise(() => undefined)],
  })
  const response = await stub.respond(record(), { closed: new AbortController().signal, functionTimeout: 1 })
  expect(response).toMatchObject({
    status: 500,
    detail: 'The stub /x failed: its function did not respond within 1 ms',
  })
})

test('the delay of a stub ends when the client disconnects, and the response is sent if it still can be', async () => {
  const stub = new Stub('1', 'program', { request: '/x', where: undefined, answers: [{ delay: 60_000, status: 202 }] })
  const lifetime = { onDisconnect: (listener: () => void) => listener() }
  const response = await stub.respond(record(), { closed: new AbortController().signal, lifetime })
  expect(response.status).toBe(202)
})

test('the delay of a stub ends when the server closes', async () => {
  const stub = new Stub('1', 'program', { request: '/x', where: undefined, answers: [{ delay: 60_000 }] })
  for (const closed of [AbortSignal.abort(), AbortSignal.timeout(1)]) {
    expect((await stub.respond(record(), { closed })).status).toBe(503)
  }
})

/** Emits a message of a server as its connection does. */
function emitter() {
  const trace = new Trace()
  const transcripts = new Transcripts(trace)
  transcripts.setActive(true)
  const emit = (conversation: string, exchange: number, direction: Direction, text: string) => {
    const bytes = Buffer.from(text)
    const common = { time: 0, protocol: 'http', side: 'server', channel: 'control', conversation } as const
    trace.emit({
      ...common,
      kind: 'message',
      exchange,
      direction,
      summary: 'GET / HTTP/1.1',
      bytes,
      size: bytes.length,
    })
  }
  const claim = (id: string) => trace.runWithCause({ id }, () => transcripts.claim('GET', '/'))
  return { emit, claim, stop: () => transcripts.setActive(false) }
}

test('a transcript has a bounded length', () => {
  const { emit, claim, stop } = emitter()
  emit('a', 1, 'request', 'x'.repeat(MAX_TRANSCRIPT_LENGTH - 100))
  emit('a', 1, 'response', 'y'.repeat(100))
  const { text } = claim('a')
  expect(text.length).toBeLessThanOrEqual(MAX_TRANSCRIPT_LENGTH)
  expect(text).toMatch(/^C: x+\n$/)
  stop()
})

test('the oldest exchanges of a connection, and the oldest connections, are forgotten', () => {
  const { emit, claim, stop } = emitter()
  for (let exchange = 0; exchange <= MAX_EXCHANGES; exchange++) emit('a', exchange, 'request', String(exchange))
  expect(claim('a').text).toBe('C: 1\n')
  for (let count = 0; count < MAX_CONVERSATIONS; count++) emit(`b${count}`, 1, 'request', 'b')
  expect(claim('a').text).toBe('')
  expect(claim('b0').text).toBe('C: b\n')
  stop()
})

test('a response whose request arrived before the first stub has no transcript', () => {
  const { emit, claim, stop } = emitter()
  emit('a', 1, 'response', 'HTTP/1.1 200 OK')
  emit('a', 2, 'request', 'GET / HTTP/1.1')
  emit('a', 2, 'response', 'HTTP/1.1 201 Created')
  expect(claim('a').text).toBe('C: GET / HTTP/1.1\nS: HTTP/1.1 201 Created\n')
  expect(claim('a')).toMatchObject({ conversationId: 'a', text: '' })
  stop()
})
