/** Limits for clients that are not on this machine, and responses of a server on several addresses. */
import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import os from 'node:os'
import { afterEach, beforeEach, describe, expect, onTestFinished, type TestContext, test, vi } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { message } from '../../shared/dns/messages.ts'

const text = `@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
${Array.from({ length: 20 }, (_, index) => `many 60 A 192.0.2.${index}`).join('\n')}
`
const options = { port: 0, publish: false, zones: [{ origin: 'fourwire.test', text }] }
const MANY = { questions: [{ name: 'many.fourwire.test', type: 'A', class: 'IN' }] } as const

/** The server's clock is stopped, so that rate limits do not depend on the speed of the machine. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets seconds pass on the server's clock. */
const advanceClock = (seconds: number) => vi.setSystemTime(Date.now() + 1000 * seconds)

interface FloodResult {
  readonly complete: number
  readonly truncated: number
}

/** Connects a plain UDP client to the server. */
async function udpClient(address: string, port: number) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.connect(port, address)
  await once(socket, 'connect')
  return {
    async query(change: Partial<Message>): Promise<Message & { bytes: number; queryBytes: number }> {
      const query = encodeMessage(message(change))
      socket.send(query)
      const [bytes] = await once(socket, 'message')
      return { ...decodeMessage(bytes), bytes: bytes.length, queryBytes: query.length }
    },
    /** Sends `count` equal queries; counts the responses until that to a last query of another kind. */
    async flood(count: number): Promise<FloodResult> {
      for (let id = 1; id <= count; id++) socket.send(encodeMessage(message({ id, ...MANY })))
      const last = message({ id: 0xffff, questions: [{ name: 'ns.fourwire.test', type: 'A', class: 'IN' }] })
      socket.send(encodeMessage(last))
      const result = { complete: 0, truncated: 0 }
      for await (const [bytes] of on(socket, 'message')) {
        const response = decodeMessage(bytes)
        if (response.id === 0xffff) break
        result[response.flags.tc ? 'truncated' : 'complete']++
      }
      return result
    },
  }
}

/** Returns an address of this machine that is not loopback; skips the test if there is none. */
function externalAddress(context: TestContext): string {
  const all = Object.values(os.networkInterfaces()).flatMap(addresses => addresses ?? [])
  const external = all.find(({ internal, family }) => !internal && family === 'IPv4')
  return external?.address ?? context.skip('this machine has no address but loopback')
}

const edns = (options: readonly EdnsOption[]) => ({ version: 0, udpPayloadSize: 1232, dnssecOk: false, options })

describe('a client that is not on this machine', () => {
  test('gets at most three times the bytes of its query over UDP, and the full answer with a server cookie', async context => {
    const host = externalAddress(context)
    const { dns } = await suiteFor({ services: ['dns'], dns: { ...options, host } })
    const { query } = await udpClient(host, dns.port)
    const first = await query({ ...MANY, edns: edns([{ code: OPTION_CODES.COOKIE, data: Buffer.alloc(8, 1) }]) })
    expect(first.flags.tc).toBe(true)
    expect(first.bytes).toBeLessThanOrEqual(3 * first.queryBytes)
    const second = await query({ ...MANY, edns: edns(first.edns?.options ?? []) })
    expect(second).toMatchObject({ flags: { tc: false }, answers: { length: 20 } })
  })

  test('gets a limited number of responses of one kind per second, and responses of other kinds', async context => {
    const host = externalAddress(context)
    const { dns } = await suiteFor({ services: ['dns'], dns: { ...options, host, amplification: 0, rateLimit: 3 } })
    const { flood } = await udpClient(host, dns.port)
    // Every second response above the limit is truncated.
    expect(await flood(101)).toEqual({ complete: 3, truncated: 49 })
    advanceClock(1)
    expect(await flood(2)).toEqual({ complete: 0, truncated: 1 })
    advanceClock(60)
    expect(await flood(3)).toEqual({ complete: 3, truncated: 0 })
  })
})

test('a client on this machine has no limits, unless limitLoopback is set', async () => {
  const unlimited = await suiteFor({ services: ['dns'], dns: { ...options, rateLimit: 3 } })
  const one = await udpClient('127.0.0.1', unlimited.dns.port)
  expect((await one.query({ ...MANY, edns: edns([]) })).flags.tc).toBe(false)
  expect(await one.flood(100)).toEqual({ complete: 100, truncated: 0 })
  const limited = await suiteFor({ services: ['dns'], dns: { ...options, rateLimit: 3, limitLoopback: true } })
  const other = await udpClient('127.0.0.1', limited.dns.port)
  expect((await other.query({ ...MANY, edns: edns([]) })).flags.tc).toBe(true)
  // Three responses are within the rate limit, the first of them to the query above; the amplification limit truncates them.
  expect(await other.flood(100)).toEqual({ complete: 0, truncated: 2 + 49 })
})

describe('a server on several addresses', () => {
  test('responds on each address at the same port, and has an endpoint for each', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: { ...options, host: '127.0.0.1,::1,127.0.0.2' } })
    const endpoints = dns.endpoints.map(({ transport, host, port }) => `${transport} ${host} ${port === dns.port}`)
    const expected = ['127.0.0.1', '::1', '127.0.0.2'].flatMap(host => [`udp ${host} true`, `tcp ${host} true`])
    expect(endpoints).toEqual(expected)
    for (const host of ['127.0.0.1', '::1', '127.0.0.2']) {
      const { query } = await udpClient(host, dns.port)
      expect(await query(MANY)).toMatchObject({ rcode: 'NOERROR', answers: { length: 20 } })
    }
  })

  test('publishes all addresses', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: { port: 0, host: '127.0.0.1,::1', zones: options.zones } })
    const { query } = await udpClient('::1', dns.port)
    const dataOf = async (name: string, type: 'A' | 'AAAA' | 'SRV') =>
      (await query({ questions: [{ name, type, class: 'IN' }] })).answers.map(({ data }) => data)
    expect(await dataOf('ns.fourwire.test', 'A')).toEqual(['127.0.0.1'])
    expect(await dataOf('ns.fourwire.test', 'AAAA')).toEqual(['::1'])
    expect(await dataOf('_domain._udp.fourwire.test', 'SRV')).toEqual([
      { priority: 0, weight: 0, port: dns.port, target: 'ns.fourwire.test' },
    ])
  })
})
