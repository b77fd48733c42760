import { expect, test } from 'vitest'
import { parseTypeName, types } from '../../../shared/dns/codes.ts'
import { NO_FLAGS } from '../../../shared/dns/message.ts'
import { printAlignedRecord, printMessage, printRdata, printRecord } from '../../../shared/dns/print.ts'
import { message, record } from './messages.ts'

const soa = { mname: 'ns.test', rname: 'a\\.b.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }

test.each([
  ['A', record('a', 'A', '127.0.0.1'), '127.0.0.1'],
  ['AAAA', record('a', 'AAAA', '::1'), '::1'],
  ['NS', record('a', 'NS', 'ns.test'), 'ns.test.'],
  ['CNAME of the root', record('a', 'CNAME', '.'), '.'],
  ['SOA', record('a', 'SOA', soa), 'ns.test. a\\.b.test. 1 2 3 4 5'],
  ['MX', record('a', 'MX', { preference: 10, exchange: 'mail.test' }), '10 mail.test.'],
  ['SRV', record('a', 'SRV', { priority: 1, weight: 2, port: 3, target: 'www.test' }), '1 2 3 www.test.'],
  [
    'TXT',
    record('a', 'TXT', [Buffer.from('say "hi" \\'), Buffer.from('bücher\n')]),
    '"say \\"hi\\" \\\\" "b\\195\\188cher\\010"',
  ],
  ['CAA', record('a', 'CAA', { flags: 128, tag: 'issue', value: 'ca.test' }), '128 issue "ca.test"'],
  ['HINFO', record('a', 'HINFO', { cpu: 'PDP 11', os: 'V6' }), '"PDP 11" "V6"'],
  ['an unknown type', record('a', 'TYPE65280', Buffer.from([0, 255])), '\\# 2 00FF'],
  ['CAA with an invalid tag', record('a', 'CAA', { flags: 0, tag: 'a b', value: '' }), '0 "a b" ""'],
  ['HINFO that is not UTF-8', record('a', 'HINFO', { cpu: '\udcff', os: 'é' }), '"\\255" "\\195\\169"'],
  ['an unknown type without data', record('a', 'TYPE65280', Buffer.alloc(0)), '\\# 0'],
])('prints the data of %s in master file format', (_, input, text) => {
  expect(printRdata(input)).toBe(text)
})

test('aligns the fields of records in the columns of dig', () => {
  expect(printAlignedRecord(record('a.test', 'A', '127.0.0.1'))).toBe('a.test.\t\t\t60\tIN\tA\t127.0.0.1')
  const long = 'a-name-of-more-than-24-bytes.test'
  expect(printAlignedRecord(record(long, 'A', '127.0.0.1'))).toBe(`${long}.\t60\tIN\tA\t127.0.0.1`)
})

test('prints a record on one line, separated by tabs', () => {
  expect(printRecord(record('www.test', 'A', '127.0.0.1'))).toBe('www.test.\t60\tIN\tA\t127.0.0.1')
})

test('prints a message in the order of dig', () => {
  const full = message({
    response: true,
    flags: { ...NO_FLAGS, aa: true, rd: true },
    answers: [record('www.fourwire.test', 'A', '127.0.0.1')],
    authorities: [record('fourwire.test', 'NS', 'ns.fourwire.test')],
    additionals: [record('ns.fourwire.test', 'AAAA', '::1')],
    edns: {
      version: 0,
      udpPayloadSize: 1232,
      dnssecOk: true,
      options: [
        { code: 3, data: Buffer.from('hi') },
        { code: 9, data: Buffer.alloc(0) },
      ],
    },
  })
  expect(printMessage(full)).toBe(
    [
      ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660',
      ';; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 1, ADDITIONAL: 2',
      '',
      ';; OPT PSEUDOSECTION:',
      '; EDNS: version: 0, flags: do; udp: 1232',
      '; NSID: 68 69 ("hi")',
      '; OPT=9:',
      '',
      ';; QUESTION SECTION:',
      ';www.fourwire.test.\t\tIN\tA',
      '',
      ';; ANSWER SECTION:',
      'www.fourwire.test.\t60\tIN\tA\t127.0.0.1',
      '',
      ';; AUTHORITY SECTION:',
      'fourwire.test.\t\t60\tIN\tNS\tns.fourwire.test.',
      '',
      ';; ADDITIONAL SECTION:',
      'ns.fourwire.test.\t60\tIN\tAAAA\t::1',
    ].join('\n'),
  )
})

test('omits empty sections', () => {
  const empty = message({ questions: [], edns: { version: 0, udpPayloadSize: 512, dnssecOk: false, options: [] } })
  expect(printMessage(empty)).toBe(
    [
      ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660',
      ';; flags: ; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1',
      '',
      ';; OPT PSEUDOSECTION:',
      '; EDNS: version: 0, flags:; udp: 512',
    ].join('\n'),
  )
})

test('omits the OPT pseudosection of a message without EDNS', () => {
  expect(printMessage(message())).toBe(
    [
      ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660',
      ';; flags: ; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0',
      '',
      ';; QUESTION SECTION:',
      ';www.fourwire.test.\t\tIN\tA',
    ].join('\n'),
  )
})

test('parses type names in any case, and by number', () => {
  expect(['mx', 'TYPE15', 'type65280', '*', 'TYPE65536', 'TYPE', 'MXX'].map(parseTypeName)).toEqual([
    'MX',
    'MX',
    'TYPE65280',
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(types.name(65280)).toBe('TYPE65280')
})
