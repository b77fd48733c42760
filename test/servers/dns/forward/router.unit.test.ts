/** Routing of queries: to local zones, special names, upstreams, or nothing. */
import { expect, test } from 'vitest'
import { Router, type RoutingDecision } from '../../../../servers/dns/forward/router.ts'
import { Routes } from '../../../../servers/dns/forward/routes.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import { zone, zones } from '../zones.ts'
import { forwardQuery, show } from './records.ts'

const store = {
  zones: zones(
    zone(
      'www A 192.0.2.1\nout CNAME www.example.\nover CNAME www.other.test.\nlab NS ns.lab\nns.lab A 192.0.2.2\n',
      'ours.test',
    ),
    zone('www A 192.0.2.3\n', 'other.test'),
    zone('www A 192.0.2.4\n', 'ours.example'),
  ),
}
const corp = ['/corp.test/192.0.2.53', '/lab.ours.test/192.0.2.53', '/www.ours.test/192.0.2.53', '/arpa/192.0.2.53']
const router = new Router(store, new Routes(['192.0.2.53', ...corp]))
const narrow = new Router(store, new Routes(corp))

function describeDecision(decision: RoutingDecision): string {
  if (decision.kind === 'none') return 'none'
  if (decision.kind === 'route') return `route ${decision.route.domain}`
  return `${decision.kind} ${show(decision.resolution)?.join(' | ')}`
}

test.each<[string, TypeName, string]>([
  [
    'www.ours.test',
    'A',
    'own positive NOERROR | www.ours.test. 60 IN A 192.0.2.1 | ; ours.test. 60 IN NS ns.ours.test.',
  ],
  ['out.ours.test', 'A', 'own alias to www.example | out.ours.test. 60 IN CNAME www.example.'],
  ['over.ours.test', 'A', 'own alias to www.other.test | over.ours.test. 60 IN CNAME www.other.test.'],
  ['lab.ours.test', 'A', 'route lab.ours.test'],
  ['x.lab.ours.test', 'A', 'route lab.ours.test'],
  ['x.corp.test', 'A', 'route corp.test'],
  ['www.example', 'A', 'route .'],
  ['1.1.1.1.in-addr.arpa', 'PTR', 'route arpa'],
  [
    'x.localhost',
    'A',
    'special positive NOERROR | x.localhost. 10800 IN A 127.0.0.1 | ; localhost. 10800 IN NS localhost.',
  ],
  [
    'x.elsewhere.test',
    'A',
    'special positive NXDOMAIN | ; test. 10800 IN SOA localhost. nobody.invalid. 1 3600 1200 604800 10800',
  ],
  ['home.arpa', 'DS', 'route arpa'],
  ['ours.example', 'DS', 'route .'],
  ['ours.test', 'DS', 'own positive NOERROR | ; ours.test. 5 IN SOA ns.ours.test. host.ours.test. 1 3600 600 86400 5'],
  [
    'invalid',
    'DS',
    'special positive NOERROR | ; invalid. 10800 IN SOA localhost. nobody.invalid. 1 3600 1200 604800 10800',
  ],
])('%s %s', (name, type, decision) => {
  expect(describeDecision(router.decide(forwardQuery(name, type)))).toBe(decision)
})

test('a query for CNAME does not follow the alias', () => {
  expect(describeDecision(router.decide(forwardQuery('out.ours.test', 'CNAME')))).toMatch(
    /^own positive NOERROR \| out\.ours/,
  )
})

test('a name without upstreams is not forwarded', () => {
  expect(narrow.decide(forwardQuery('www.example'))).toEqual({ kind: 'none' })
})

test('a delegated name without its own upstreams gets a referral', () => {
  const only = new Router(store, new Routes(['192.0.2.53', '/ours.test/192.0.2.53']))
  expect(describeDecision(only.decide(forwardQuery('x.lab.ours.test')))).toBe(
    'own positive NOERROR | ; lab.ours.test. 60 IN NS ns.lab.ours.test.',
  )
})

test('upstreams are trusted only for names that are forwarded to them', () => {
  const route = new Routes(['/corp.test/192.0.2.53']).find('corp.test')
  if (!route) throw new Error('route not found')
  const names = ['a.corp.test', 'corp.test', 'www.example', 'www.ours.test', 'localhost', 'test']
  expect(names.filter(name => router.isForwardedTo(name, route))).toEqual(['a.corp.test', 'corp.test'])
})
