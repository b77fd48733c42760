import { expect, test } from 'vitest'
import { applyDigOptions } from '../../../clients/dns/dig-options.ts'
import { dnsInput } from '../../../clients/dns/index.ts'
import { UsageError } from '../../../shared/errors.ts'

const apply = (words: string, flags: object = {}) =>
  applyDigOptions(dnsInput.parse({ words: words.split(' ').filter(word => word !== ''), ...flags }))

test.each([
  ['a.test +short', { words: ['a.test'], short: true }],
  ['+tcp +dnssec a.test MX', { words: ['a.test', 'MX'], tcp: true, dnssec: true }],
  ['+norecurse +noedns a.test', { recurse: false, edns: false }],
  ['+RDFLAG +nsid +bufsize=4096', { recurse: true, nsid: true, bufsize: 4096 }],
  ['+trace', { walk: true }],
])('%s', (words, expected) => expect(apply(words)).toMatchObject(expected))

test.each([
  ['@127.0.0.1 a.test', {}, '127.0.0.1:5300'],
  ['@::1 a.test', {}, '[::1]:5300'],
  ['@[::1] a.test', {}, '[::1]:5300'],
  ['a.test', { server: 'ns.test' }, 'ns.test:5300'],
  ['a.test', {}, '127.0.0.1:5300'],
])('%s %j with --port 5300 is sent to %s', (words, flags, server) => {
  expect(apply(words, { ...flags, port: 5300 })).toMatchObject({ words: ['a.test'], server })
})

test.each([
  ['+shrt', {}, 'unknown option +shrt. Options: +short +tcp'],
  ['+bufsize=99999', {}, 'unknown option +bufsize=99999'],
  ['@127.0.0.1:53', { port: 1 }, '--port 1: the server 127.0.0.1:53 already has a port'],
  ['@tls://127.0.0.1', { port: 1 }, 'already has a port or a scheme'],
])('%s %j is a usage error', (words, flags, message) => {
  expect(() => apply(words, flags)).toThrow(UsageError)
  expect(() => apply(words, flags)).toThrow(message)
})
