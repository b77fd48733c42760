import { expect, test } from 'vitest'
import { printReply, replyJson } from '../../../../clients/dns/command/print.ts'
import type { DnsReply } from '../../../../clients/dns/query.ts'
import { NO_FLAGS } from '../../../../shared/dns/message.ts'
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
