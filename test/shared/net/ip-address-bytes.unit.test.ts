import { expect, test } from 'vitest'
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'

test.each([
  ['127.0.0.1', '7f000001'],
  ['255.254.253.0', 'fffefd00'],
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(31)}1`],
  ['2001:db8:220:1:59de:d0f4:8769:82b8', '20010db80220000159ded0f4876982b8'],
  ['2001:DB8::1', '20010db8000000000000000000000001'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
])('converts %s to %s', (address, hex) => {
  expect(ipAddressBytes(address).toString('hex')).toBe(hex)
})

test.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '1.2.3.4.5',
  'localhost',
  ':::',
  '1::2::3',
  '1:2:3',
  '1:2:3:4:5:6:7:8::',
  'g::',
  '::1.2.3',
])('rejects %j', address => {
  expect(() => ipAddressBytes(address)).toThrow(`${JSON.stringify(address)} is not an IP address`)
})
