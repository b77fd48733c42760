/** What clients meet that are not on this machine, and what a server on several addresses answers on each. */
import { createSocket } from 'node:dgram'
import { on, once } from 'node:events'
import os from 'node:os'
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest'
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

/** A bare UDP socket that asks; `undefined` is no answer before the next one's. */
async function client(address: string, port: number) {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.connect(port, address)
  await once(socket, 'connect')
  return {
    async ask(change: Partial<Message>): Promise<Message & { bytes: number; asked: number }> {
      const query = encodeMessage(message(change))
      socket.send(query)
      const [bytes] = await once(socket, 'message')
      return { ...decodeMessage(bytes), bytes: bytes.length, asked: query.length }
    },
    /** Sends that many, then counts what has come when the answer to a question of another kind has. */
    async flood(count: number): Promise<number> {
      let answers = 0
      socket.on('message', () => answers++)
      for (let id = 1; id <= count; id++) socket.send(encodeMessage(message({ id, ...MANY })))
      const last = message({ id: 0xffff, questions: [{ name: 'ns.fourwire.test', type: 'A', class: 'IN' }] })
      socket.send(encodeMessage(last))
      for await (const [bytes] of on(socket, 'message')) if (decodeMessage(bytes).id === 0xffff) break
      return answers - 1
    },
  }
}

/** An address of this machine that is not loopback; a test is skipped where it has none. */
function outside(context: TestContext): string {
  const all = Object.values(os.networkInterfaces()).flatMap(found => found ?? [])
  const found = all.find(({ internal, family }) => !internal && family === 'IPv4')
  return found?.address ?? context.skip('this machine has no address but loopback')
}

const edns = (given: readonly EdnsOption[]) => ({ version: 0, udpPayloadSize: 1232, dnssecOk: false, options: given })

describe('a client that is not on this machine', () => {
  test('gets by UDP at most three times what it sent, and all of it once it has given our cookie back', async context => {
    const host = outside(context)
    const { dns } = await suiteFor({ services: ['dns'], dns: { ...options, host } })
    const { ask } = await client(host, dns.port)
    const first = await ask({ ...MANY, edns: edns([{ code: OPTION_CODES.COOKIE, data: Buffer.alloc(8, 1) }]) })
    expect(first.flags.tc).toBe(true)
    expect(first.bytes).toBeLessThanOrEqual(3 * first.asked)
    const second = await ask({ ...MANY, edns: edns(first.edns?.options ?? []) })
    expect(second).toMatchObject({ flags: { tc: false }, answers: { length: 20 } })
  })

  test('gets so many answers of a kind in a second, and others still', async context => {
    const host = outside(context)
    const { dns } = await suiteFor({ services: ['dns'], dns: { ...options, host, rateLimit: 3 } })
    const { flood } = await client(host, dns.port)
    // A second may pass in between: three answers more. Of what is held back every second one comes, cut.
    expect(await flood(100)).toBeLessThan(60)
  })
})

test('a client on this machine has no bounds, unless it is to be treated as any other', async () => {
  const free = await suiteFor({ services: ['dns'], dns: { ...options, rateLimit: 3 } })
  const one = await client('127.0.0.1', free.dns.port)
  expect((await one.ask({ ...MANY, edns: edns([]) })).flags.tc).toBe(false)
  expect(await one.flood(100)).toBe(100)
  const bound = await suiteFor({ services: ['dns'], dns: { ...options, rateLimit: 3, limitLoopback: true } })
  const other = await client('127.0.0.1', bound.dns.port)
  expect((await other.ask({ ...MANY, edns: edns([]) })).flags.tc).toBe(true)
  expect(await other.flood(100)).toBeLessThan(60)
})

describe('a server on several addresses', () => {
  test('answers on each, by one port number, and tells them all', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: { ...options, host: '127.0.0.1,::1,127.0.0.2' } })
    const told = dns.endpoints.map(({ transport, host, port }) => `${transport} ${host} ${port === dns.port}`)
    const all = ['127.0.0.1', '::1', '127.0.0.2'].flatMap(host => [`udp ${host} true`, `tcp ${host} true`])
    expect(told).toEqual(all)
    for (const host of ['127.0.0.1', '::1', '127.0.0.2']) {
      const { ask } = await client(host, dns.port)
      expect(await ask(MANY)).toMatchObject({ rcode: 'NOERROR', answers: { length: 20 } })
    }
  })

  test('publishes them all', async () => {
    const { dns } = await suiteFor({ services: ['dns'], dns: { port: 0, host: '127.0.0.1,::1', zones: options.zones } })
    const { ask } = await client('::1', dns.port)
    const about = async (name: string, type: 'A' | 'AAAA' | 'SRV') =>
      (await ask({ questions: [{ name, type, class: 'IN' }] })).answers.map(({ data }) => data)
    expect(await about('ns.fourwire.test', 'A')).toEqual(['127.0.0.1'])
    expect(await about('ns.fourwire.test', 'AAAA')).toEqual(['::1'])
    expect(await about('_domain._udp.fourwire.test', 'SRV')).toEqual([
      { priority: 0, weight: 0, port: dns.port, target: 'ns.fourwire.test' },
    ])
  })
})
