/** Secondaries that are told of changes: who hears what, when, and what becomes of those who do not answer. */
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

/** A secondary that keeps what it hears, and answers as it is told to. */
class Secondary {
  readonly #socket: Socket
  readonly #heard: Buffer[] = []
  #wake: () => void = () => {}
  /** How it answers; undefined where it does not. */
  answer: (bytes: Buffer) => Buffer | undefined = accepted

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', (bytes, from) => {
      this.#heard.push(bytes)
      const answer = this.answer(bytes)
      if (answer) socket.send(answer, from.port, from.address)
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
    return this.#heard.length
  }

  /** The next message, as soon as it is there. */
  async next(): Promise<Buffer> {
    for (;;) {
      const bytes = this.#heard.shift()
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

const respond = (query: Message, change: Partial<Message> = {}) =>
  encodeMessage({ ...query, response: true, answers: [], additionals: [], ...change })

function accepted(bytes: Buffer): Buffer {
  return respond(decodeMessage(bytes))
}

/** A notifier of the zone `test` with so long pauses between its tries. */
async function notifierFor(secondary: Secondary, pauses: number[], key?: TsigKey) {
  const store = new ZoneStore([zone('')])
  const { context, logged } = await createTestContext()
  const secondaries = [{ host: '127.0.0.1', port: secondary.port, key }]
  const notifier = new Notifier({ secondaries, store, context, now: epochSeconds, retryDelays: pauses })
  onTestFinished(() => notifier.close())
  const change = (count: number) =>
    store.edit('test', [{ kind: 'add', record: recordOf(`x-${count}.test. 60 A 192.0.2.1`) }])
  return { notifier, change, logged, store }
}

test('a suite tells of its zones when it starts, and of every change, with the SOA', async () => {
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

test('who does not answer is told again, and then given up and logged', async () => {
  const secondary = await Secondary.open()
  secondary.answer = () => undefined
  const { notifier, logged } = await notifierFor(secondary, [1])
  notifier.start()
  await secondary.next()
  await expect.poll(() => logged.join(''), { timeout: 10_000 }).toContain('dns: secondary not notified of a change')
})

test('a try that gets no answer is followed by another, until there is one', async () => {
  const secondary = await Secondary.open()
  let heard = 0
  secondary.answer = bytes => (++heard < 2 ? undefined : accepted(bytes))
  const { notifier } = await notifierFor(secondary, [1, 1, 1])
  notifier.start()
  const [first, second] = [await secondary.next(), await secondary.next()]
  expect(decodeMessage(second).answers).toEqual(decodeMessage(first).answers)
})

test('many changes that come fast are told together, the last one surely', async () => {
  const secondary = await Secondary.open()
  const { notifier, change } = await notifierFor(secondary, [1000])
  notifier.start()
  expect(await secondary.serial()).toBe(1)
  for (let count = 0; count < 100; count++) change(count)
  expect(await secondary.serial()).toBe(101)
  expect(secondary.count).toBe(0)
})

test('a change while a secondary is waited for is told at once, with what is there by then', async () => {
  const secondary = await Secondary.open()
  secondary.answer = bytes => respond(decodeMessage(bytes), { id: 0 })
  const { notifier, change } = await notifierFor(secondary, [60_000])
  notifier.start()
  expect(await secondary.serial()).toBe(1)
  change(1)
  expect(await secondary.serial()).toBe(2)
})

test('a message is signed with the key of its secondary, and an answer that is not is no answer', async () => {
  const secondary = await Secondary.open()
  const { notifier, logged } = await notifierFor(secondary, [1], KEY)
  notifier.start()
  const check = verifyRequest(await secondary.next(), new Map([[KEY.name, KEY]]), epochSeconds())
  expect(check.kind).toBe('verified')
  await expect.poll(() => logged.join(''), { timeout: 10_000 }).toContain('not notified of a change')
})

test('an answer signed with the key is one', async () => {
  const secondary = await Secondary.open()
  secondary.answer = bytes => {
    const check = verifyRequest(bytes, new Map([[KEY.name, KEY]]), epochSeconds())
    if (check.kind !== 'verified') return undefined
    const query = decodeMessage(bytes)
    return new ResponseSigner(KEY, check.mac).sign(respond(query, { rcode: 'NOTIMP' }), epochSeconds())
  }
  const { notifier, logged } = await notifierFor(secondary, [1], KEY)
  notifier.start()
  await expect.poll(() => logged.join(''), { timeout: 10_000 }).toContain('dns: secondary rejected NOTIFY')
  expect(logged.join('')).not.toContain('not notified')
})

test('nothing is told after the end, and nothing keeps the process', async () => {
  const secondary = await Secondary.open()
  secondary.answer = () => undefined
  const { notifier, change } = await notifierFor(secondary, [60_000])
  notifier.start()
  await secondary.next()
  await notifier.close()
  change(1)
  await notifier.close()
  expect(secondary.count).toBe(0)
})

test('a zone that is gone is told no more', async () => {
  const secondary = await Secondary.open()
  const { notifier, store } = await notifierFor(secondary, [1000])
  notifier.start()
  expect(await secondary.serial()).toBe(1)
  store.replace([])
  store.replace([zone('a A 192.0.2.1\n', 'other')])
  expect(decodeMessage(await secondary.next()).questions[0]?.name).toBe('other')
  expect(secondary.count).toBe(0)
})

test('of many zones each is told, some at a time', async () => {
  const secondary = await Secondary.open()
  const { notifier, store } = await notifierFor(secondary, [1000])
  store.replace(Array.from({ length: 100 }, (_, index) => zone('', `zone-${index}`)))
  notifier.start()
  const names = new Set<string | undefined>()
  while (names.size < 100) names.add(decodeMessage(await secondary.next()).questions[0]?.name)
  expect(names.has('zone-99')).toBe(true)
})
