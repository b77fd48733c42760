/** `GET /mail/events`: server-sent events. */
import { expect, onTestFinished, test } from 'vitest'
import { isStreamed } from '../../../../servers/http/response/response.ts'
import { MailEvents } from '../../../../servers/http/routes/mail/mail-events.ts'
import { NO_BODY } from '../request/no-body.ts'
import { call, startMailServer } from './mail-server.ts'

const message = (subject: string) => `Subject: ${subject}\n\nx\n`

/** Opens the stream; `next` returns the next block of lines. */
async function openEvents(url: string, headers: Record<string, string> = {}) {
  const aborted = new AbortController()
  onTestFinished(() => aborted.abort())
  const response = await fetch(`${url}/mail/events`, { headers, signal: aborted.signal })
  const blocks = readBlocks(response.body as ReadableStream<Uint8Array>)
  return { response, next: async () => (await blocks.next()).value, close: () => aborted.abort() }
}

async function* readBlocks(body: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    yield* blocks
  }
}

const subjectOf = (block: string | undefined) => JSON.parse(/^data: (.*)$/m.exec(block ?? '')?.[1] ?? '{}').subject

test('emits an event for each message that arrives', async () => {
  const { url, add } = await startMailServer()
  await add(message('before'))
  const { response, next } = await openEvents(url)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(await next()).toBe(': connected')
  const id = await add(message('after'))
  const event = await next()
  expect([event?.split('\n')[0], subjectOf(event)]).toEqual([`id: ${id}`, 'after'])
})

test('a client that reconnects gets the messages that it missed', async () => {
  const { url, add, mail } = await startMailServer()
  const [first] = [await add(message('one')), await add(message('two')), await add(message('three'))]
  const { next } = await openEvents(url, { 'last-event-id': first })
  expect([await next(), subjectOf(await next()), subjectOf(await next())]).toEqual([': connected', 'two', 'three'])
  await mail.delete(first)
  const again = await openEvents(url, { 'last-event-id': first })
  expect([await again.next(), subjectOf(await again.next())]).toEqual([': connected', 'two'])
})

test('the streams end when the server closes', async () => {
  const { url, stop } = await startMailServer()
  const { next } = await openEvents(url)
  expect(await next()).toBe(': connected')
  await stop()
  expect(await next()).toBeUndefined()
})

test('at most 100 clients follow at once, and a client that leaves makes room', async () => {
  const { url } = await startMailServer()
  const clients = await Promise.all(Array.from({ length: 100 }, () => openEvents(url)))
  await Promise.all(clients.map(({ next }) => next()))
  expect((await call(`${url}/mail/events`)).status).toBe(503)
  clients[0]?.close()
  await expect.poll(async () => (await openEvents(url)).response.status, { interval: 20 }).toBe(200)
})

test('sends a heartbeat while no mail arrives', async () => {
  const { mail } = await startMailServer()
  const request = { method: 'GET', path: '', query: '', params: {}, isSecure: false, headers: {} }
  const unused = { client: { host: '', port: 0 }, body: NO_BODY }
  const { body } = new MailEvents(1).open(mail, { ...request, ...unused }, { owner: undefined })
  if (!isStreamed(body)) throw new Error('not a stream')
  onTestFinished(() => body.close())
  const texts: string[] = []
  for await (const chunk of body.chunks()) if (texts.push(Buffer.from(chunk).toString()) === 2) break
  expect(texts).toEqual([': connected\n\n', ': heartbeat\n\n'])
})
