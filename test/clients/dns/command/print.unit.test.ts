import { expect, test } from 'vitest'
import { printReply, printTransferRecords, printWalkStep, replyJson } from '../../../../clients/dns/command/print.ts'
import type { WalkStep } from '../../../../clients/dns/walk.ts'
import { NO_FLAGS } from '../../../../shared/dns/message.ts'
import type { DnsReply } from '../../../../shared/dns/resolver/query-server.ts'
import { message, record } from '../../../shared/dns/messages.ts'

const reply: DnsReply = {
  ...message({
    response: true,
    flags: { ...NO_FLAGS, aa: true },
    answers: [record('www.fourwire.test', 'TXT', [Buffer.from('hi')])],
  }),
  server: { host: '127.0.0.1', port: 5300 },
  transport: 'udp',
  time: 1.4,
  size: 62,
  caseMatches: true,
}

test('prints the time, the server and the size after the reply', () => {
  expect(printReply(reply)).toBe(
    [
      ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660',
      ';; flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0',
      '',
      ';; QUESTION SECTION:',
      ';www.fourwire.test.\t\tIN\tA',
      '',
      ';; ANSWER SECTION:',
      'www.fourwire.test.\t60\tIN\tTXT\t"hi"',
      '',
      ';; Query time: 1 msec',
      ';; SERVER: 127.0.0.1#5300 (UDP)',
      ';; MSG SIZE  rcvd: 62',
    ].join('\n'),
  )
})

test('converts the bytes of a reply to text in JSON', () => {
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 3, data: Buffer.from('ns') }] }
  expect(replyJson({ ...reply, edns })).toEqual({
    id: 4660,
    opcode: 'QUERY',
    rcode: 'NOERROR',
    flags: ['qr', 'aa'],
    questions: [{ name: 'www.fourwire.test', type: 'A', class: 'IN' }],
    answers: [{ name: 'www.fourwire.test', ttl: 60, class: 'IN', type: 'TXT', data: '"hi"' }],
    authorities: [],
    additionals: [],
    edns: {
      version: 0,
      udpPayloadSize: 1232,
      dnssecOk: false,
      options: [{ code: 3, data: '6e73', text: 'NSID: 6e 73 ("ns")' }],
    },
    server: { host: '127.0.0.1', port: 5300 },
    transport: 'udp',
    time: 1.4,
    size: 62,
  })
})

const step: WalkStep = {
  name: 'ns.fourwire.test',
  server: { host: '127.0.0.2', port: 53 },
  zone: 'fourwire.test',
  queryName: 'www.fourwire.test',
  depth: 0,
  reply: undefined,
  outcome: { kind: 'failed', reason: 'no response in time' },
  outOfZone: [],
}

test('prints the server that did not respond in a lookup of an address', () => {
  expect(printWalkStep({ ...step, depth: 1 })).toBe(
    [
      ';; Looking up the address of www.fourwire.test.',
      ';; No response from 127.0.0.2#53(ns.fourwire.test)',
      ';; Failed: no response in time',
    ].join('\n'),
  )
})

test('prints the rcode of a failed step and the records outside a server to start from', () => {
  const refused = { ...reply, rcode: 'REFUSED' } as const
  const failed = { kind: 'failed', reason: 'the server responded with REFUSED' } as const
  expect(
    printWalkStep({
      ...step,
      name: undefined,
      zone: undefined,
      reply: refused,
      outcome: failed,
      outOfZone: reply.answers,
    }),
  ).toBe(
    [
      ';; Ignored, outside .: www.fourwire.test. TXT "hi"',
      ';; Received 62 bytes from 127.0.0.2#53 in 1 ms',
      ';; Failed: the server responded with REFUSED',
      ';; REFUSED',
    ].join('\n'),
  )
})

test('prints the records of a transfer one per line, or as items of one JSON array', () => {
  expect(printTransferRecords(reply.answers, 'full', true)).toBe('www.fourwire.test.\t60\tIN\tTXT\t"hi"\n')
  expect(printTransferRecords(reply.answers, 'short', true)).toBe('"hi"\n')
  expect(printTransferRecords(reply.answers, 'json', true)).toMatch(/^\[\n {2}\{"name":"www.fourwire.test",.*\}$/)
  expect(printTransferRecords(reply.answers, 'json', false)).toMatch(/^,\n {2}\{/)
  expect(printTransferRecords([], 'json', true)).toBe('')
})
