/** Options of access: addresses, keys, secondaries. */
import { describe, expect, test } from 'vitest'
import { parseAccessEntry } from '../../../../servers/dns/access/access-entry.ts'
import { AccessList } from '../../../../servers/dns/access/access-list.ts'
import { Keys } from '../../../../servers/dns/access/keys.ts'
import { parseNotifyTarget } from '../../../../servers/dns/notify/notify-target.ts'
import { readSecondaries } from '../../../../servers/dns/notify/options.ts'
import { parseTsigKey } from '../../../../shared/dns/tsig/key.ts'

const KEY = parseTsigKey('k.test:c2VjcmV0')

/** Returns true if the list permits the client. If `signed`, the query is signed with `k.test`. */
function permits(list: string[], address: string, signed: boolean): boolean {
  const entries = list.map(parseAccessEntry).filter(entry => entry !== undefined)
  const client = { transport: 'tcp', address, port: 1 } as const
  return new AccessList(entries).permits({ client, auth: signed ? { key: KEY } : {} })
}

describe('access lists', () => {
  test.each<[string[], string, boolean]>([
    [[], '127.0.0.1', false],
    [['none'], '127.0.0.1', false],
    [['any'], '192.0.2.1', true],
    [['127.0.0.1'], '127.0.0.1', true],
    [['127.0.0.1'], '127.0.0.2', false],
    [['127.0.0.0/8'], '127.255.0.1', true],
    [['127.0.0.0/8'], '128.0.0.1', false],
    [['0.0.0.0/0'], '192.0.2.1', true],
    [['0.0.0.0/0'], '::1', false],
    [['::1', '2001:db8::/32'], '2001:db8:1::5', true],
    [['::1', '2001:db8::/32'], '2001:db9::5', false],
    [['keys'], '127.0.0.1', false],
    [['none', '127.0.0.1'], '127.0.0.1', true],
  ])('%j permits %s: %j', (list, address, allowed) => {
    expect(permits(list, address, false)).toBe(allowed)
  })

  test.each<[string[], boolean]>([
    [['keys'], true],
    [['key:K.test.'], true],
    [['key:other'], false],
    [['none'], false],
    [['192.0.2.1'], false],
  ])('%j permits a query signed with k.test: %j', (list, allowed) => {
    expect(permits(list, '127.0.0.1', true)).toBe(allowed)
  })

  test.each([
    '',
    'all',
    '127.0.0.1/33',
    '127.0.0',
    '::1/129',
    'fourwire.test',
    'key:',
    'key:a..b',
    '127.0.0.1/8/8',
    '/8',
  ])('%j is invalid', text => {
    expect(parseAccessEntry(text)).toBeUndefined()
  })
})

describe('secondaries', () => {
  test.each([
    ['127.0.0.1', { host: '127.0.0.1', port: 53 }],
    ['ns2.fourwire.test:5301', { host: 'ns2.fourwire.test', port: 5301 }],
    ['[::1]', { host: '::1', port: 53 }],
    ['[::1]:5301@K.test.', { host: '::1', port: 5301, key: 'k.test' }],
  ])('%s', (text, target) => {
    expect(parseNotifyTarget(text)).toEqual({ key: undefined, ...target })
  })

  test.each([
    '',
    ':53',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '127.0.0.1:x',
    '::1',
    '[x]:53',
    '127.0.0.1@',
    '127.0.0.1@a..b',
  ])('%j is invalid', text => {
    expect(parseNotifyTarget(text)).toBeUndefined()
  })
})

describe('keys', () => {
  const keys = new Keys(['k.test:c2VjcmV0', { name: 'Other', secret: 'c2VjcmV0', algorithm: 'hmac-sha512' }])

  test('are read from texts and objects', () => {
    expect(keys.all).toEqual([KEY, { ...KEY, name: 'other', algorithm: 'hmac-sha512' }])
  })

  test('are found by the names in `notify`', () => {
    expect(readSecondaries(['127.0.0.1@k.test', '127.0.0.2'], keys)).toEqual([
      { host: '127.0.0.1', port: 53, key: KEY },
      { host: '127.0.0.2', port: 53, key: undefined },
    ])
  })

  test('are found by the names in access lists', () => {
    expect([...keys.accessList(['key:other'], 'allowTransfer').keys]).toEqual(['other'])
  })

  test.each([
    [['k:a*'], 'dns.keys: key k: its secret is not base64'],
    [['k:c2VjcmV0', 'K:c2VjcmV0'], 'dns.keys: two keys have the name "k". Rename one of them'],
  ])('%j are invalid', (options, message) => {
    expect(() => new Keys(options)).toThrow(message)
  })

  test('that are unknown cause an error that names the option', () => {
    expect(() => keys.accessList(['key:x'], 'allowTransfer')).toThrow(
      'dns.allowTransfer: unknown key "x". Add it to dns.keys',
    )
    expect(() => readSecondaries(['127.0.0.1@x'], keys)).toThrow('dns.notify: unknown key "x". Add it to dns.keys')
  })
})
