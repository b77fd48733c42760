/** Whom the server trusts: addresses, keys, secondaries, as they are written. */
import { describe, expect, test } from 'vitest'
import { parseNotifyTarget } from '../../../../servers/dns/notify/notify-target.ts'
import { parseAccessEntry } from '../../../../servers/dns/trust/access-entry.ts'
import { AccessList } from '../../../../servers/dns/trust/access-list.ts'
import { readTrust } from '../../../../servers/dns/trust/trust.ts'
import { parseTsigKey } from '../../../../shared/dns/tsig/key.ts'

const KEY = parseTsigKey('k.test:c2VjcmV0')

/** Whether a list lets a client in, who may have signed with `k.test`. */
function permits(list: string[], address: string, signed: boolean): boolean {
  const entries = list.map(parseAccessEntry).filter(entry => entry !== undefined)
  const client = { transport: 'tcp', address, port: 1 } as const
  return new AccessList(entries).permits(signed ? { client, key: KEY } : { client })
}

describe('lists of those who may', () => {
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
  ])('%j lets %s in: %j', (list, address, allowed) => {
    expect(permits(list, address, false)).toBe(allowed)
  })

  test.each<[string[], boolean]>([
    [['keys'], true],
    [['key:K.test.'], true],
    [['key:other'], false],
    [['none'], false],
    [['192.0.2.1'], false],
  ])('%j lets who signs with k.test in: %j', (list, allowed) => {
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
  ])('%j is no entry', text => {
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
  ])('%j is none', text => {
    expect(parseNotifyTarget(text)).toBeUndefined()
  })
})

describe('all of it', () => {
  const NOTHING = { keys: [], allowTransfer: [], allowUpdate: [], forwardFor: [], notify: [] }

  test('keys are found by their names', () => {
    const keys = ['k.test:c2VjcmV0', { name: 'Other', secret: 'c2VjcmV0', algorithm: 'hmac-sha512' }]
    const trust = readTrust({
      ...NOTHING,
      keys,
      allowTransfer: ['key:other'],
      notify: ['127.0.0.1@k.test', '127.0.0.2'],
    })
    expect(trust.keys).toEqual([KEY, { ...KEY, name: 'other', algorithm: 'hmac-sha512' }])
    expect(trust.secondaries).toEqual([
      { host: '127.0.0.1', port: 53, key: KEY },
      { host: '127.0.0.2', port: 53, key: undefined },
    ])
  })

  test.each([
    [{ keys: ['k:a*'] }, 'dns.keys: key k: its secret is not base64'],
    [{ keys: ['k:c2VjcmV0', 'K:c2VjcmV0'] }, 'dns.keys: two keys have the same name'],
    [{ allowTransfer: ['key:k'] }, 'dns.allowTransfer: there is no key "k" among dns.keys'],
    [{ allowUpdate: ['key:k'] }, 'dns.allowUpdate: there is no key "k" among dns.keys'],
    [{ forwardFor: ['key:k'] }, 'dns.forwardFor: there is no key "k" among dns.keys'],
    [{ notify: ['127.0.0.1@k'] }, 'dns.notify: there is no key "k" among dns.keys'],
  ])('%j makes no sense', (options, told) => {
    expect(() => readTrust({ ...NOTHING, ...options })).toThrow(told)
  })
})
