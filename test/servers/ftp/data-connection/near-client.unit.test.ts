import { expect, test } from 'vitest'
import { isNearClient, isPassiveHost } from '../../../../servers/ftp/data-connection/near-client.ts'

const NETWORKS = [
  { address: '127.0.0.1', netmask: '255.0.0.0' },
  { address: '192.168.1.7', netmask: '255.255.255.0' },
  { address: '10.1.2.3', netmask: '255.255.255.255' },
  { address: 'fe80::1', netmask: 'ffff:ffff:ffff:ffff::' },
]

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['192.168.1.200', true],
  ['::ffff:192.168.1.200', true],
  ['192.168.2.1', false],
  ['10.1.2.3', true],
  ['10.1.2.4', false],
  ['203.0.113.9', false],
  ['fe80::2', false],
  ['', false],
])('the client %s is near: %s', (client, expected) => {
  expect(isNearClient(client, NETWORKS)).toBe(expected)
})

test.each([
  ['203.0.113.7', true],
  ['ftp.example.org', true],
  ['ftp.example.org.', true],
  ['nas', true],
  ['4server.example', true],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['300.1.1.1', false],
  ['1.2.3', false],
  ['123', false],
  ['01.2.3.4', false],
  ['2001:db8::1', false],
  ['[::1]', false],
  ['ftp.example.org:21', false],
  ['ftp://ftp.example.org', false],
  ['two names', false],
  ['-a.example', false],
  [`${'a'.repeat(64)}.example`, false],
  ['', false],
])('%j can be the passive host: %s', (text, expected) => {
  expect(isPassiveHost(text)).toBe(expected)
})
