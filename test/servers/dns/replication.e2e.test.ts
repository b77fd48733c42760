/** Tests transfers and updates over real sockets: with concurrent queries, disconnecting clients and signatures. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { frame } from '../../../shared/dns/frames.ts'
import type { Message, Question } from '../../../shared/dns/message.ts'
import { parseTsigKey } from '../../../shared/dns/tsig/key.ts'
import { signRequest } from '../../../shared/dns/tsig/request.ts'
import { ResponseVerifier } from '../../../shared/dns/tsig/response.ts'
import { epochSeconds } from '../../../shared/epoch-seconds.ts'
import { UsageError } from '../../../shared/errors.ts'
import { startSuite } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { message } from '../../shared/dns/messages.ts'
import { is, none, updateOf } from './updates.ts'
import { lines } from './zones.ts'

const KEY = parseTsigKey('k.test:c2VjcmV0')
const APEX = '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\n'
const SMALL = `${APEX}ns A 127.0.0.1\nsub NS ns.sub\nns.sub A 127.0.0.2\n`
const LARGE = APEX + Array.from({ length: 20_000 }, (_, index) => `host-${index} TXT ${'x'.repeat(200)}`).join('\n')

const dnsWith = (text: string, more: object = {}) => ({
  services: ['dns'] as const,
  dns: { publish: false, zones: [{ origin: 'test', text }], keys: ['k.test:c2VjcmV0'], ...more },
})

const transfer: Question = { name: 'test', type: 'AXFR', class: 'IN' }
const axfr = (id = 1) => encodeMessage(message({ id, questions: [transfer] }))

/** Returns the next message of a connection; undefined if the server has closed it. */
async function next(wire: Wire): Promise<Message | undefined> {
  const length = await wire.read(2)
  if (length.length < 2) return undefined
  const bytes = await wire.read(Buffer.from(length, 'latin1').readUInt16BE())
  return decodeMessage(Buffer.from(bytes, 'latin1'))
}

/** Reads messages until they have that many records. */
async function records(wire: Wire, count: number): Promise<string[]> {
  const received: string[] = []
  while (received.length < count) {
    const response = await next(wire)
    if (!response) break
    received.push(...lines(response.answers))
  }
  return received
}

/** Sends a query over UDP and returns the response. */
async function queryOverUdp(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = createSocket('udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.send(bytes, port, '127.0.0.1')
  const [response] = await once(socket, 'message')
  return response
}

test('transfers a zone over TCP, record by record', async () => {
  const { dns } = await suiteFor(dnsWith(SMALL))
  const wire = await Wire.connect(dns.port)
  wire.send(frame(axfr()))
  expect(await records(wire, 6)).toEqual([
    'test. 60 IN SOA ns.test. host.test. 1 3600 600 86400 5',
    'test. 60 IN NS ns.test.',
    'ns.test. 60 IN A 127.0.0.1',
    'sub.test. 60 IN NS ns.sub.test.',
    'ns.sub.test. 60 IN A 127.0.0.2',
    'test. 60 IN SOA ns.test. host.test. 1 3600 600 86400 5',
  ])
})

test('responds to a query during a transfer on the same connection', async () => {
  const { dns } = await suiteFor(dnsWith(LARGE))
  const wire = await Wire.connect(dns.port)
  wire.send(Buffer.concat([axfr(1), encodeMessage(message({ id: 2 }))].map(bytes => frame(bytes))))
  let before = 0
  while ((await next(wire))?.id === 1) before++
  expect(before).toBeLessThan(100)
})

test('clients that disconnect during a transfer free their place for the next one', async () => {
  const { dns } = await suiteFor(dnsWith(LARGE))
  for (let count = 0; count < 12; count++) {
    const wire = await Wire.connect(dns.port)
    wire.send(frame(axfr()))
    await wire.read(10)
    wire.socket.pause()
    wire.socket.destroy()
  }
  await expect
    .poll(async () => {
      const wire = await Wire.connect(dns.port)
      wire.send(frame(axfr()))
      const response = await next(wire)
      wire.socket.destroy()
      return response?.rcode
    })
    .toBe('NOERROR')
})

/** Sends a signed query over UDP, and returns the verified response. */
async function querySigned(port: number, query: Message): Promise<Message> {
  const { bytes, mac } = signRequest(encodeMessage(query), KEY, epochSeconds())
  return decodeMessage(new ResponseVerifier(KEY, mac).verify(await queryOverUdp(port, bytes), epochSeconds()))
}

test('an update changes the answers, raises the serial once, and appears in suite.dns.records', async () => {
  const suite = await suiteFor(dnsWith(SMALL))
  const { port } = suite.dns
  const update = updateOf([is('api.test. 60 A 192.0.2.1'), is('api.test. 60 A 192.0.2.2')], [none('api.test')])
  expect(await querySigned(port, update)).toMatchObject({ rcode: 'NOERROR', opcode: 'UPDATE' })
  expect(await querySigned(port, update)).toMatchObject({ rcode: 'YXDOMAIN' })
  const query = message({ questions: [{ name: 'api.test', type: 'A', class: 'IN' }] })
  const { answers } = decodeMessage(await queryOverUdp(port, encodeMessage(query)))
  expect(lines(answers).sort()).toEqual(['api.test. 60 IN A 192.0.2.1', 'api.test. 60 IN A 192.0.2.2'])
  expect(suite.dns.records('test').find(({ type }) => type === 'SOA')?.data).toContain(' 2 3600 ')
})

test('refuses an update without a key, unless the address is allowed', async () => {
  const update = encodeMessage(updateOf([is('api.test. 60 A 192.0.2.1')]))
  const strict = await suiteFor(dnsWith(SMALL))
  expect(decodeMessage(await queryOverUdp(strict.dns.port, update)).rcode).toBe('REFUSED')
  const open = await suiteFor(dnsWith(SMALL, { allowUpdate: ['127.0.0.1'] }))
  expect(decodeMessage(await queryOverUdp(open.dns.port, update)).rcode).toBe('NOERROR')
})

test('refuses a transfer without permission, with an extended error', async () => {
  const { dns } = await suiteFor(dnsWith(SMALL, { allowTransfer: ['none'] }))
  const wire = await Wire.connect(dns.port)
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  wire.send(frame(encodeMessage(message({ questions: [transfer], edns }))))
  const response = await next(wire)
  expect(response?.rcode).toBe('REFUSED')
  expect(response?.edns?.options.map(({ code, data }) => [code, Buffer.from(data).toString('hex')])).toEqual([
    [15, '0012'],
  ])
})

test.each([
  [{ keys: ['k:se*cret'] }, 'dns.keys: key k: its secret is not base64'],
  [{ allowTransfer: ['nobody'] }, 'dns.allowTransfer.0: give an address, a network like 127.0.0.0/8'],
  [{ allowUpdate: ['key:other'] }, 'dns.allowUpdate: unknown key "other". Add it to dns.keys'],
  [{ notify: ['127.0.0.1:0'] }, 'dns.notify.0: give HOST:PORT or HOST:PORT@KEY'],
])('does not start with %j, and its error does not show the secret', async (more, reason) => {
  const starting = startSuite(dnsWith(SMALL, more))
  await expect(starting).rejects.toThrow(UsageError)
  await expect(starting).rejects.toThrow(reason)
  await expect(starting).rejects.not.toThrow('se*cret')
})
