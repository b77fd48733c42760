/** Tests the notification of secondaries: messages, retries, signatures. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { Notifier } from '../../../../servers/dns/notify/notifier.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { parseTsigKey, type TsigKey } from '../../../../shared/dns/tsig/key.ts'
import { verifyRequest } from '../../../../shared/dns/tsig/request.ts'
import { ResponseSigner } from '../../../../shared/dns/tsig/response.ts'
import { epochSeconds } from '../../../../shared/epoch-seconds.ts'
import { createTestContext } from '../../../helpers/context.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { recordOf } from '../updates.ts'
import { zone } from '../zones.ts'

const KEY = parseTsigKey('k.test:c2VjcmV0')

/** A secondary that stores the messages it receives, and responds with a configurable function. */
class Secondary {
  readonly #socket: Socket
  readonly #received: Buffer[] = []
  #wake: () => void = () => {}
  /** Returns the response to a message; undefined for none. */
  respond: (bytes: Buffer) => Buffer | undefined = accepted

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes, from) => {
      this.#received.push(bytes)
      const response = this.respond(bytes)
      if (response) socket.send(response, from.port, from.address)
      this.#wake()
    })
    onTestFinished(() => {
      socket.close()
    })
  }

  static async open(): Promise<Secondary> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Secondary(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  get count(): number {
    return this.#received.length
  }

  /** Returns the next message, as soon as it is received. */
  async next(): Promise<Buffer> {
    for (;;) {
      const bytes = this.#received.shift()
      if (bytes) return bytes
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  async serial(): Promise<number | undefined> {
    const [soa] = decodeMessage(await this.next()).answers
    return soa?.type === 'SOA' ? soa.data.serial : undefined
  }
}

const responseTo = (query: Message, change: Partial<Message> = {}) =>
  encodeMessage({ ...query, response: true, answers: [], additionals: [], ...change })

function accepted(bytes: Buffer): Buffer {
  return responseTo(decodeMessage(bytes))
}

/** Creates a notifier of the zone `test`, with delays in milliseconds between its retries. */
async function notifierFor(secondary: Secondary, retryDelays: number[], key?: TsigKey) {
  const store = new ZoneStore([zone('')])
  const { context, logged } = await createTestContext()
  const secondaries = [{ host: '127.0.0.1', port: secondary.port, key }]
  const notifier = new Notifier({ secondaries, store, context, now: epochSeconds, retryDelays })
  onTestFinished(() => notifier.close())
  const change = (count: number) =>
    store.edit('test', [{ kind: 'add', record: recordOf(`x-${count}.test. 60 A 192.0.2.1`) }])
  return { notifier, change, logged, store }
}

test('notifies of all zones when the server starts, and of every change, with the SOA', async () => {
  const secondary = await Secondary.open()
  const zones = [{ origin: 'Example.test', text: '@ 60 SOA ns host 7 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.1\n' }]
  const dns = { publish: false, zones, notify: [`127.0.0.1:${secondary.port}`] }
  const suite = await suiteFor({ services: ['dns'], dns })
  expect(decodeMessage(await secondary.next())).toMatchObject({
    response: false,
    opcode: 'NOTIFY',
    flags: { aa: true },
    questions: [{ type: 'SOA', class: 'IN' }],
    answers: [{ type: 'SOA', data: { serial: 7 } }],
  })
  suite.dns.set('new.example.test', 'A', '192.0.2.1')
  expect(await secondary.serial()).toBe(8)
})

test('retries without a response, and logs the failure of the last retry', async () => {
  const secondary = await Secondary.open()
  secondary.respond = () => undefined
  const { notifier, logged } = await notifierFor(secondary, [1])
  notifier.start()
  await secondary.next()
  await expect.poll(() => logged.join('')).toContain('dns: secondary not notified of a change')
})

test('retries until there is a response', async () => {
  const secondary = await Secondary.open()
  let count = 0
  secondary.respond = bytes => (++count < 2 ? undefined : accepted(bytes))
  const { notifier } = await notifierFor(secondary, [1, 1, 1])
  notifier.start()
  const [first, second] = [await secondary.next(), await secondary.next()]
  expect(decodeMessage(second).answers).toEqual(decodeMessage(first).answers)
})

test('combines changes in fast succession, and always notifies of the last one', async () => {
  const secondary = await Secondary.open()
  const { notifier, change } = await notifierFor(secondary, [1000])
  notifier.start()
  expect(await secondary.serial()).toBe(1)
  for (let count = 0; count < 100; count++) change(count)
  expect(await secondary.serial()).toBe(101)
  expect(secondary.count).toBe(0)
})

test('notifies immediately of a change made while it waits for a response', async () => {
  const secondary = await Secondary.open()
  secondary.respond = bytes => responseTo(decodeMessage(bytes), { id: 0 })
  const { notifier, change } = await notifierFor(secondary, [60_000])
  notifier.start()
  expect(await secondary.serial()).toBe(1)
  change(1)
  expect(await secondary.serial()).toBe(2)
})

test('signs messages with the key of the secondary, and ignores unsigned responses', async () => {
  const secondary = await Secondary.open()
  const { notifier, logged } = await notifierFor(secondary, [1], KEY)
  notifier.start()
  const check = verifyRequest(await secondary.next(), new Map([[KEY.name, KEY]]), epochSeconds())
  expect(check.kind).toBe('verified')
  await expect.poll(() => logged.join('')).toContain('not notified of a change')
})

test('accepts responses signed with the key', async () => {
  const secondary = await Secondary.open()
  secondary.respond = bytes => {
    const check = verifyRequest(bytes, new Map([[KEY.name, KEY]]), epochSeconds())
    if (check.kind !== 'verified') return undefined
    const query = decodeMessage(bytes)
    return new ResponseSigner(KEY, check.mac).sign(responseTo(query, { rcode: 'NOTIMP' }), epochSeconds())
  }
  const { notifier, logged } = await notifierFor(secondary, [1], KEY)
  notifier.start()
  await expect.poll(() => logged.join('')).toContain('dns: secondary rejected NOTIFY')
  expect(logged.join('')).not.toContain('not notified')
})

test('sends nothing after close, and a waiting retry does not delay close', async () => {
  const secondary = await Secondary.open()
  secondary.respond = () => undefined
  const { notifier, change } = await notifierFor(secondary, [60_000])
  notifier.start()
  await secondary.next()
  await notifier.close()
  change(1)
  await notifier.close()
  expect(secondary.count).toBe(0)
})

test('does not notify of a zone that is no longer served', async () => {
  const secondary = await Secondary.open()
  const { notifier, store } = await notifierFor(secondary, [1000])
  notifier.start()
  expect(await secondary.serial()).toBe(1)
  store.replace([])
  store.replace([zone('a A 192.0.2.1\n', 'other')])
  expect(decodeMessage(await secondary.next()).questions[0]?.name).toBe('other')
  expect(secondary.count).toBe(0)
})

test('notifies of each of many zones', async () => {
  const secondary = await Secondary.open()
  const { notifier, store } = await notifierFor(secondary, [1000])
  store.replace(Array.from({ length: 100 }, (_, index) => zone('', `zone-${index}`)))
  notifier.start()
  const names = new Set<string | undefined>()
  while (names.size < 100) names.add(decodeMessage(await secondary.next()).questions[0]?.name)
  expect(names.has('zone-99')).toBe(true)
})
