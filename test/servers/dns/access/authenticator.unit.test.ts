/** Signed queries as the name server has them: verified, answered with a signature, or told what is wrong. */
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

function ask(change: Partial<Message>, key: TsigKey, { now = NOW, transport = 'tcp' as Client['transport'] } = {}) {
  const store = { zones: zones(zone(`www A 192.0.2.1\n${LONG}\n`)) }
  const server = new NameServer({ store, keys: [KEY], now: () => NOW, log: silentLog })
  const { bytes, mac } = signRequest(encodeMessage(message(change)), key, now)
  const reply = server.handle(bytes, { transport, address: '127.0.0.1', port: 1 })
  if (!Buffer.isBuffer(reply)) throw new Error('it was not responded to')
  return { reply, open: () => decodeMessage(new ResponseVerifier(key, mac).verify(reply, now)) }
}

const WWW = { questions: [{ name: 'www.test', type: 'A', class: 'IN' } as const] }

test('a signed query has a signed answer', () => {
  expect(ask(WWW, KEY).open()).toMatchObject({ rcode: 'NOERROR', answers: [{ data: '192.0.2.1' }], additionals: [] })
})

test('the same query again is signed anew, not answered with what was kept ready', () => {
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
  ['a key that is not ours', { ...KEY, name: 'other' }, NOW, 'BADKEY'],
  ['another algorithm', { ...KEY, algorithm: 'hmac-sha512' }, NOW, 'BADKEY'],
  ['another secret', { ...KEY, secret: Buffer.from('other') }, NOW, 'BADSIG'],
  ['a clock that is wrong', KEY, NOW - 301, 'BADTIME'],
])('%s: NOTAUTH, nothing of the zone, and why', (_, key, now, failure) => {
  const { reply, open } = ask(WWW, key, { now })
  expect(decodeMessage(reply)).toMatchObject({ rcode: 'NOTAUTH', answers: [], questions: WWW.questions })
  expect(open).toThrow(expect.objectContaining({ name: TsigError.name, code: failure }))
})

test('a signature that is not the last record is no query', () => {
  const { bytes } = signRequest(signRequest(encodeMessage(message(WWW)), KEY, NOW).bytes, KEY, NOW)
  const store = { zones: zones(zone('')) }
  const server = new NameServer({ store, keys: [KEY], now: () => NOW, log: silentLog })
  const reply = server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 1 })
  expect(decodeMessage(reply as Buffer).rcode).toBe('FORMERR')
})

test('an answer that is cut leaves room for its signature', () => {
  const questions = [{ name: 'long.test', type: 'TXT', class: 'IN' } as const]
  const { reply, open } = ask({ questions }, KEY, { transport: 'udp' })
  expect(open().flags.tc).toBe(true)
  expect(reply.length).toBeLessThanOrEqual(512)
  expect(reply.length).toBeGreaterThan(450)
})

test('a query with something else beside it is answered as any other', () => {
  const store = { zones: zones(zone('www A 192.0.2.1\n')) }
  const server = new NameServer({ store, keys: [KEY], now: () => NOW, log: silentLog })
  const bytes = encodeMessage(message({ ...WWW, additionals: [record('www.test', 'A', '192.0.2.9')] }))
  const reply = server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 1 })
  expect(decodeMessage(reply as Buffer).rcode).toBe('NOERROR')
})

test('a defect is no verdict on a signature', () => {
  const noClock = () => {
    throw new Error('no clock')
  }
  const store = { zones: zones(zone('')) }
  const server = new NameServer({ store, keys: [KEY], now: noClock, log: silentLog })
  const { bytes } = signRequest(encodeMessage(message(WWW)), KEY, NOW)
  const reply = server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 1 })
  expect(decodeMessage(reply as Buffer).rcode).toBe('SERVFAIL')
})
