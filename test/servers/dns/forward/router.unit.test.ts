/** Who answers for a name: our zones, special names, upstreams, nobody. */
import { expect, test } from 'vitest'
import { Router, type RoutingDecision } from '../../../../servers/dns/forward/router.ts'
import { Routes } from '../../../../servers/dns/forward/routes.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import { zone, zones } from '../zones.ts'
import { asked, show } from './records.ts'

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
const places = new Router(store, new Routes(['192.0.2.53', ...corp]))
const narrow = new Router(store, new Routes(corp))

function describePlace(place: RoutingDecision): string {
  if (place.kind === 'nobody') return 'nobody'
  if (place.kind === 'route') return `route ${place.route.domain}`
  return `${place.kind} ${show(place.finding)?.join(' | ')}`
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
])('%s %s', (name, type, place) => {
  expect(describePlace(places.decide(asked(name, type)))).toBe(place)
})

test('an alias that is asked for itself leads nowhere', () => {
  expect(describePlace(places.decide(asked('out.ours.test', 'CNAME')))).toMatch(/^own positive NOERROR \| out\.ours/)
})

test('a name that nobody has upstreams for is asked of nobody', () => {
  expect(narrow.decide(asked('www.example'))).toEqual({ kind: 'nobody' })
})

test('a delegated part without upstreams of its own is a referral', () => {
  const only = new Router(store, new Routes(['192.0.2.53', '/ours.test/192.0.2.53']))
  expect(describePlace(only.decide(asked('x.lab.ours.test')))).toBe(
    'own positive NOERROR | ; lab.ours.test. 60 IN NS ns.lab.ours.test.',
  )
})

test('upstreams are believed about what they are asked about', () => {
  const route = new Routes(['/corp.test/192.0.2.53']).find('corp.test')
  if (!route) throw new Error('it was just made')
  const believed = ['a.corp.test', 'corp.test', 'www.example', 'www.ours.test', 'localhost', 'test']
  expect(believed.filter(name => places.isForwardedTo(name, route))).toEqual(['a.corp.test', 'corp.test'])
})
