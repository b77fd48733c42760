/** Signed queries (TSIG, RFC 8945): they are verified, and get signed responses or errors. */
import { expect, test } from 'vitest'
import { NameServer } from '../../../../servers/dns/name-server.ts'
import type { Client } from '../../../../servers/dns/query/query.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { parseTsigKey, type TsigKey } from '../../../../shared/dns/tsig/key.ts'
import { signRequest } from '../../../../shared/dns/tsig/request.ts'
import { ResponseVerifier } from '../../../../shared/dns/tsig/response.ts'
import { TsigError } from '../../../../shared/dns/tsig/tsig-error.ts'
import { silentLog } from '../../../../shared/log.ts'
import { message, record } from '../../../shared/dns/messages.ts'
import { zone, zones } from '../zones.ts'

const KEY = parseTsigKey('k.test:c2VjcmV0')
const NOW = 1_800_000_000
const LONG = Array.from({ length: 40 }, (_, index) => `long TXT ${'x'.repeat(20)}${index}`).join('\n')

function exchange(
  change: Partial<Message>,
  key: TsigKey,
  { now = NOW, transport = 'tcp' as Client['transport'] } = {},
) {
  const store = { zones: zones(zone(`www A 192.0.2.1\n${LONG}\n`)) }
  const server = new NameServer({ store, keys: [KEY], now: () => NOW, log: silentLog })
  const { bytes, mac } = signRequest(encodeMessage(message(change)), key, now)
  const reply = server.handle(bytes, { transport, address: '127.0.0.1', port: 1 })
  if (!Buffer.isBuffer(reply)) throw new Error('no single response')
  return { reply, verify: () => decodeMessage(new ResponseVerifier(key, mac).verify(reply, now)) }
}

const WWW = { questions: [{ name: 'www.test', type: 'A', class: 'IN' } as const] }

test('a signed query gets a signed response', () => {
  expect(exchange(WWW, KEY).verify()).toMatchObject({
    rcode: 'NOERROR',
    answers: [{ data: '192.0.2.1' }],
    additionals: [],
  })
})

test('the response to a repeated signed query is not cached: it is signed again', () => {
  const store = { zones: zones(zone('www A 192.0.2.1\n')), version: 1 }
  let now = NOW
  const server = new NameServer({ store, keys: [KEY], now: () => now, log: silentLog })
  const { bytes, mac } = signRequest(encodeMessage(message(WWW)), KEY, NOW)
  for (now = NOW; now < NOW + 3; now++) {
    const reply = server.handle(bytes, { transport: 'udp', address: '127.0.0.1', port: 1 }) as Buffer
    expect(decodeMessage(new ResponseVerifier(KEY, mac).verify(reply, now)).rcode).toBe('NOERROR')
    expect(reply.includes(Buffer.from([0, 0, ...int32(now)]))).toBe(true)
  }
})

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

test.each<[string, TsigKey, number, string]>([
  ['an unknown key', { ...KEY, name: 'other' }, NOW, 'BADKEY'],
  ['another algorithm', { ...KEY, algorithm: 'hmac-sha512' }, NOW, 'BADKEY'],
  ['another secret', { ...KEY, secret: Buffer.from('other') }, NOW, 'BADSIG'],
  ['a wrong clock', KEY, NOW - 301, 'BADTIME'],
])('a query signed with %s gets NOTAUTH without records, and the TSIG error', (_, key, now, code) => {
  const { reply, verify } = exchange(WWW, key, { now })
  expect(decodeMessage(reply)).toMatchObject({ rcode: 'NOTAUTH', answers: [], questions: WWW.questions })
  expect(verify).toThrow(expect.objectContaining({ name: TsigError.name, code }))
})

test('a query whose signature is not the last record gets FORMERR', () => {
  const { bytes } = signRequest(signRequest(encodeMessage(message(WWW)), KEY, NOW).bytes, KEY, NOW)
  const store = { zones: zones(zone('')) }
  const server = new NameServer({ store, keys: [KEY], now: () => NOW, log: silentLog })
  const reply = server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 1 })
  expect(decodeMessage(reply as Buffer).rcode).toBe('FORMERR')
})

test('a truncated response leaves room for its signature', () => {
  const questions = [{ name: 'long.test', type: 'TXT', class: 'IN' } as const]
  const { reply, verify } = exchange({ questions }, KEY, { transport: 'udp' })
  expect(verify().flags.tc).toBe(true)
  expect(reply.length).toBeLessThanOrEqual(512)
  expect(reply.length).toBeGreaterThan(450)
})

test('an additional record that is not a signature is ignored', () => {
  const store = { zones: zones(zone('www A 192.0.2.1\n')) }
  const server = new NameServer({ store, keys: [KEY], now: () => NOW, log: silentLog })
  const bytes = encodeMessage(message({ ...WWW, additionals: [record('www.test', 'A', '192.0.2.9')] }))
  const reply = server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 1 })
  expect(decodeMessage(reply as Buffer).rcode).toBe('NOERROR')
})

test('a defect during verification gets SERVFAIL, not a TSIG error', () => {
  const noClock = () => {
    throw new Error('no clock')
  }
  const store = { zones: zones(zone('')) }
  const server = new NameServer({ store, keys: [KEY], now: noClock, log: silentLog })
  const { bytes } = signRequest(encodeMessage(message(WWW)), KEY, NOW)
  const reply = server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 1 })
  expect(decodeMessage(reply as Buffer).rcode).toBe('SERVFAIL')
})
