import { expect, test } from 'vitest'
import { type Outcome, readStep } from '../../../clients/dns/walk-steps.ts'
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
const failed = (why: string): Outcome => ({ kind: 'failed', why })
const answer: Outcome = { kind: 'answer' }
const nothing: Outcome = { kind: 'nothing' }

test.each<[string, Partial<Message>, string | undefined, Outcome]>([
  ['an answer', { flags: AA, answers: [record(QUESTION.name, 'A', '127.0.0.1')] }, 'fourwire.test', answer],
  ['an alias', { flags: AA, answers: [record(QUESTION.name, 'CNAME', 'x.test')] }, 'fourwire.test', answer],
  ['a redirection above', { flags: AA, answers: [record(SUB, 'DNAME', 'x.test')] }, 'fourwire.test', answer],
  ['no such name', { rcode: 'NXDOMAIN', flags: AA, authorities: [soa] }, 'fourwire.test', nothing],
  ['no such type', { flags: AA, authorities: [soa] }, 'fourwire.test', nothing],
  ['no such type, from a cache', { authorities: [soa] }, undefined, nothing],
  [
    'another answer',
    { flags: AA, answers: [record('x.fourwire.test', 'A', '127.0.0.1')] },
    undefined,
    failed('it answers another question'),
  ],
  ['an error', { rcode: 'REFUSED' }, undefined, failed('it answers REFUSED')],
  ['nothing at all', {}, undefined, failed('it is not responsible for that zone')],
  [
    'a delegation of another zone',
    { authorities: [ns('other.test', 'ns.other.test')] },
    undefined,
    failed('it is not responsible for that zone'),
  ],
  [
    'the way back',
    { authorities: [ns('fourwire.test', 'ns.fourwire.test')] },
    'fourwire.test',
    failed('it refers back to fourwire.test'),
  ],
  [
    'the way to the root, from where a walk begins',
    { authorities: [ns('.', 'a.root')] },
    undefined,
    { kind: 'referral', zone: '.', servers: [{ name: 'a.root', addresses: [] }] },
  ],
])('a response is %s', (_, response, zone, outcome) => {
  expect(readStep(message({ response: true, ...response }), QUESTION, zone).outcome).toEqual(outcome)
})

test('a delegation has its servers with the addresses that came along, IPv4 first', () => {
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
  expect(readStep(response, QUESTION, undefined).outcome).toEqual({
    kind: 'referral',
    zone: SUB,
    servers: [
      { name: 'ns1.sub.fourwire.test', addresses: ['127.0.0.2', '::1'] },
      { name: 'ns.other.test', addresses: [] },
    ],
  })
})

test('what is outside the zone that the server was asked for is not believed, and told', () => {
  const glue = record('ns.victim.test', 'A', '6.6.6.6')
  const answered = record('victim.test', 'A', '6.6.6.6')
  const elsewhere = ns('test', 'ns.victim.test')
  const response = message({
    response: true,
    answers: [answered],
    authorities: [elsewhere, ns(SUB, 'ns.victim.test')],
    additionals: [glue],
  })
  expect(readStep(response, QUESTION, 'fourwire.test')).toEqual({
    outcome: { kind: 'referral', zone: SUB, servers: [{ name: 'ns.victim.test', addresses: [] }] },
    disbelieved: [answered, elsewhere, glue],
  })
})
