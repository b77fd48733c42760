import { describe, expect, test } from 'vitest'
import { Cookies } from '../../../../servers/dns/edns/cookies.ts'
import { siphash24 } from '../../../../servers/dns/edns/siphash.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

/** Vectors of the authors' implementation: the key is 00 01 .. 0f, the messages are 00 01 .. */
test.each([
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
  [63, '724506eb4c328a95'],
])('SipHash-2-4 of %i bytes', (length, hash) => {
  const counting = (size: number) => Buffer.from(Array.from({ length: size }, (_, index) => index))
  expect(siphash24(counting(16), counting(length)).toString('hex')).toBe(hash)
})

const SECRET = hex('e5e973e5a6b2a43f48e7dc849e37bfcf')
const OLD = hex('dd3bdf9344b678b185a6f5cb60fca715')
const NEW = hex('445536bcd2513298075a5d379663c962')
const IPV6 = '2001:db8:220:1:59de:d0f4:8769:82b8'

describe('the vectors of RFC 9018, appendix A', () => {
  test.each([
    [
      'A.1, a new cookie',
      [SECRET],
      '2464c4abcf10c957',
      '198.51.100.100',
      1559731985,
      false,
      '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
    ],
    [
      'A.2, renewed after 40 minutes',
      [SECRET],
      '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
      '198.51.100.100',
      1559734385,
      true,
      '2464c4abcf10c957010000005cf7a871d4a564a1442aca77',
    ],
    [
      'A.3, expired, with reserved bytes set',
      [SECRET],
      'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5',
      '203.0.113.203',
      1559734700,
      false,
      'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
    ],
    [
      'A.3, before it expires',
      [SECRET],
      'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5',
      '203.0.113.203',
      1559727985,
      true,
      'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5',
    ],
    [
      'A.4, the secret changed, the old one still accepted',
      [NEW, OLD],
      '22681ab97d52c298010000005cf7c57926556bd0934c72f8',
      IPV6,
      1559741961,
      true,
      '22681ab97d52c298010000005cf7c57926556bd0934c72f8',
    ],
    [
      'A.4, the secret changed, the old one dropped',
      [NEW],
      '22681ab97d52c298010000005cf7c57926556bd0934c72f8',
      IPV6,
      1559741961,
      false,
      '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    ],
  ] as const)('%s', (_, [first, ...others], data, address, now, valid, reply) => {
    const cookie = new Cookies(first, ...others).check(hex(data), address, now)
    expect({ valid: cookie?.valid, reply: cookie?.reply.toString('hex') }).toEqual({ valid, reply })
  })
})

describe('a cookie', () => {
  const cookies = new Cookies(SECRET)
  const NOW = 1_600_000_000
  const issued = cookies.check(hex('0102030405060708'), '192.0.2.1', NOW)?.reply ?? Buffer.alloc(0)

  test.each([
    ['at once', 0, true],
    ['after an hour', 3600, true],
    ['after more than an hour', 3601, false],
    ['from a clock five minutes ahead', -300, true],
    ['from a clock further ahead', -301, false],
  ])('returned %s is valid: %j', (_, later, valid) => {
    expect(cookies.check(issued, '192.0.2.1', NOW + later)?.valid).toBe(valid)
  })

  test('is returned unchanged for half an hour, and then renewed', () => {
    expect(cookies.check(issued, '192.0.2.1', NOW + 1800)?.reply).toEqual(issued)
    const renewed = cookies.check(issued, '192.0.2.1', NOW + 1801)
    expect(renewed?.reply).not.toEqual(issued)
    expect(cookies.check(renewed?.reply ?? issued, '192.0.2.1', NOW + 1801)?.valid).toBe(true)
  })

  test('is valid only with the same address, client cookie and secret', () => {
    expect(cookies.check(issued, '192.0.2.2', NOW)?.valid).toBe(false)
    expect(cookies.check(Buffer.concat([Buffer.alloc(8), issued.subarray(8)]), '192.0.2.1', NOW)?.valid).toBe(false)
    expect(new Cookies(OLD).check(issued, '192.0.2.1', NOW)?.valid).toBe(false)
  })

  test('of another length or version is not valid, and is replaced', () => {
    const other = Buffer.concat([issued, Buffer.alloc(16)])
    expect(cookies.check(other, '192.0.2.1', NOW)).toEqual({ valid: false, isFirst: false, reply: issued })
    const later = Buffer.from(issued)
    later[8] = 2
    expect(cookies.check(later, '192.0.2.1', NOW)).toEqual({ valid: false, isFirst: false, reply: issued })
  })

  test.each([0, 7, 9, 15, 41])('of %i bytes is malformed', length => {
    expect(cookies.check(Buffer.alloc(length), '192.0.2.1', NOW)).toBeUndefined()
  })

  test.each([8, 16, 24, 40])('of %i bytes is accepted', length => {
    expect(cookies.check(Buffer.alloc(length), '192.0.2.1', NOW)?.isFirst).toBe(length === 8)
  })
})
