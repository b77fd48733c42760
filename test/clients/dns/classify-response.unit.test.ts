import { expect, test } from 'vitest'
import { classifyResponse, type Outcome } from '../../../clients/dns/classify-response.ts'
import { type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { message, record } from '../../shared/dns/messages.ts'

const QUESTION = { name: 'WWW.sub.fourwire.test', type: 'A', class: 'IN' } as const
const AA = { ...NO_FLAGS, aa: true }
const SUB = 'sub.fourwire.test'
const soa = record('fourwire.test', 'SOA', {
  mname: 'ns',
  rname: 'host',
  serial: 1,
  refresh: 1,
  retry: 1,
  expire: 1,
  minimum: 1,
})
const ns = (zone: string, server: string) => record(zone, 'NS', server)
const failed = (reason: string): Outcome => ({ kind: 'failed', reason })
const answer: Outcome = { kind: 'answer' }
const negative: Outcome = { kind: 'negative' }

test.each<[string, Partial<Message>, string | undefined, Outcome]>([
  ['an answer', { flags: AA, answers: [record(QUESTION.name, 'A', '127.0.0.1')] }, 'fourwire.test', answer],
  ['an alias', { flags: AA, answers: [record(QUESTION.name, 'CNAME', 'x.test')] }, 'fourwire.test', answer],
  ['a DNAME above the name', { flags: AA, answers: [record(SUB, 'DNAME', 'x.test')] }, 'fourwire.test', answer],
  ['NXDOMAIN', { rcode: 'NXDOMAIN', flags: AA, authorities: [soa] }, 'fourwire.test', negative],
  ['NODATA', { flags: AA, authorities: [soa] }, 'fourwire.test', negative],
  ['NODATA from a cache', { authorities: [soa] }, undefined, negative],
  [
    'an answer for another name',
    { flags: AA, answers: [record('x.fourwire.test', 'A', '127.0.0.1')] },
    undefined,
    failed('the answer is for another name'),
  ],
  ['an error', { rcode: 'REFUSED' }, undefined, failed('the server responded with REFUSED')],
  ['an empty response', {}, undefined, failed('the server is not authoritative for that name')],
  [
    'a referral to another zone',
    { authorities: [ns('other.test', 'ns.other.test')] },
    undefined,
    failed('the server is not authoritative for that name'),
  ],
  [
    'a referral back to the zone',
    { authorities: [ns('fourwire.test', 'ns.fourwire.test')] },
    'fourwire.test',
    failed('the server refers back to fourwire.test'),
  ],
  [
    'a referral to the root, from a server to start from',
    { authorities: [ns('.', 'a.root')] },
    undefined,
    { kind: 'referral', zone: '.', servers: [{ name: 'a.root', addresses: [] }] },
  ],
])('classifies %s', (_, response, zone, outcome) => {
  expect(classifyResponse(message({ response: true, ...response }), QUESTION, zone).outcome).toEqual(outcome)
})

test('returns the servers of a referral with their glue, IPv4 first', () => {
  const response = message({
    response: true,
    authorities: [
      ns('Sub.fourwire.test', 'NS1.sub.fourwire.test'),
      ns(SUB, 'ns.other.test'),
      ns('x.test', 'ns.x.test'),
    ],
    additionals: [
      record('ns1.sub.fourwire.test', 'AAAA', '::1'),
      record('ns1.sub.fourwire.test', 'A', '127.0.0.2'),
      record('ns1.sub.fourwire.test', 'TXT', []),
    ],
  })
  expect(classifyResponse(response, QUESTION, undefined).outcome).toEqual({
    kind: 'referral',
    zone: SUB,
    servers: [
      { name: 'ns1.sub.fourwire.test', addresses: ['127.0.0.2', '::1'] },
      { name: 'ns.other.test', addresses: [] },
    ],
  })
})

test('ignores records outside the zone, and returns them', () => {
  const glue = record('ns.victim.test', 'A', '6.6.6.6')
  const answered = record('victim.test', 'A', '6.6.6.6')
  const elsewhere = ns('test', 'ns.victim.test')
  const response = message({
    response: true,
    answers: [answered],
    authorities: [elsewhere, ns(SUB, 'ns.victim.test')],
    additionals: [glue],
  })
  expect(classifyResponse(response, QUESTION, 'fourwire.test')).toEqual({
    outcome: { kind: 'referral', zone: SUB, servers: [{ name: 'ns.victim.test', addresses: [] }] },
    outOfZone: [answered, elsewhere, glue],
  })
})
