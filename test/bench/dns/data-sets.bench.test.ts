import { expect, test } from 'vitest'
import { type DataSet, expectedNxdomain, hostsFile, MILLION, masterFile, TEN_ZONES } from './data-sets.ts'
import { parseLatencies, parseRun, percentile } from './dnsperf-output.ts'
import { report } from './report.ts'

const STATISTICS = `
Statistics:

  Queries sent:         219939
  Queries completed:    219938 (100.00%)
  Queries lost:         1 (0.00%)

  Response codes:       NOERROR 164955 (75.00%), NXDOMAIN 54983 (25.00%)
  Average packet size:  request 30, response 104
  Run time (s):         2.000475
  Queries per second:   109943.388445
`

const VERBOSE = `[Status] Stopping after 1.000000 seconds
> NOERROR www.zone0.test A 0.000095
> NXDOMAIN nope.zone0.test A 0.000061
> T slow.zone0.test A
> NOERROR zone0.test MX 0.000048
[Status] Testing complete (time limit)
`

test('parses the statistics of dnsperf', () => {
  expect(parseRun(STATISTICS)).toEqual({
    queriesPerSecond: 109943.388445,
    sent: 219939,
    lost: 1,
    rcodes: { NOERROR: 164955, NXDOMAIN: 54983 },
  })
})

test('throws an error that quotes output without statistics', () => {
  expect(() => parseRun('Error: sendto: refused')).toThrow(/"Queries per second":\nError: sendto: refused/)
})

test('parses the latencies of answered queries', () => {
  expect(parseLatencies(VERBOSE)).toEqual([0.000095, 0.000061, 0.000048])
})

test('computes nearest-rank percentiles', () => {
  const figures = Array.from({ length: 200 }, (_, index) => 200 - index)
  expect([percentile(figures, 0.99), percentile(figures, 0.5), percentile([7], 0.99)]).toEqual([198, 100, 7])
  expect(percentile([], 0.99)).toBeNaN()
})

test('a zone has the stated number of records in both formats', () => {
  const lines = [...masterFile('zone0.test', 10)].join('').trimEnd().split('\n')
  expect(lines).toHaveLength(10)
  expect(lines[0]).toBe('zone0.test. 300 IN SOA ns.zone0.test. host.zone0.test. 1 3600 600 86400 300')
  expect(lines.at(-1)).toBe('h4.zone0.test. 300 IN A 10.0.0.4')
  expect([...hostsFile('zone0.test', 10)].join('').split('\n').slice(0, 3)).toEqual([
    '192.0.2.53 ns.zone0.test',
    '192.0.2.25 mail.zone0.test',
    '10.0.0.0 h0.zone0.test',
  ])
})

const queriesOf = ({ queryMixes }: DataSet, queryMix = 0, round = 0) => queryMixes[queryMix]?.queries(round) ?? []

test('a quarter of the queries are for missing names, an eighth in the mix with new names', () => {
  expect(queriesOf(TEN_ZONES).slice(0, 4)).toEqual([
    'h1.zone0.test A',
    'zone0.test MX',
    'zone0.test SOA',
    'absent0.zone0.test A',
  ])
  const shares = [queriesOf(TEN_ZONES), queriesOf(MILLION, 0), queriesOf(MILLION, 1)].map(expectedNxdomain)
  expect(shares).toEqual([0.25, 0.25, 0.125])
})

test('the repeated mix has 10,000 queries, half of them for distinct names', () => {
  const queries = queriesOf(MILLION, 0)
  expect(queries).toHaveLength(10_000)
  expect(new Set(queries).size).toBe(5_002)
  expect(queriesOf(MILLION, 0, 1)).toEqual(queries)
})

test('the new names differ from each other in every round', () => {
  const spread = [0, 1, 2, 3].flatMap(round => queriesOf(MILLION, 1, round).filter((_, index) => index % 2 === 0))
  expect(new Set(spread).size).toBe(spread.length)
  expect(spread[1]).toBe('h618033.million.test A')
})

test('the table has ratios, missing servers and unexpected answers', () => {
  const figures = { speeds: [], cpu: 8.25, p99: 120, loadSeconds: 0.2, memory: 50e6, lost: 0 }
  const rows = [
    { name: 'floor', measured: { ...figures, speed: 100_000 } },
    { name: 'ours', measured: { ...figures, speed: 95_000, unexpected: '3 SERVFAIL' } },
    { name: 'peer', missing: 'not installed' },
  ]
  expect(
    report({ ...TEN_ZONES, summary: 'few' }, { name: '', summary: 'mix', queries: () => [] }, rows, 'floor', 'peer'),
  ).toBe(`
few; mix
server  queries/s  x floor  x dnsmasq  cpu us  p99 us  lost  load s  MB  bytes/record
floor      100000     1.00          -     8.3     120     0    0.20  50             -
ours        95000     0.95          -     8.3     120     0    0.20  50             -
peer            -        -          -       -       -     -       -   -             -
ours: unexpected responses: 3 SERVFAIL
peer: not measured: not installed
`)
})
