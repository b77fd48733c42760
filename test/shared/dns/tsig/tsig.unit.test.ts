/** TSIG: recorded messages of dig, kdig and NSD, then single cases. */
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { FormatError } from '../../../../shared/dns/message.ts'
import { createTsigKey, parseTsigKey, TSIG_ALGORITHMS, type TsigKey } from '../../../../shared/dns/tsig/key.ts'
import { FUDGE_SECONDS } from '../../../../shared/dns/tsig/mac.ts'
import { appendTsig, splitTsig, type TsigRecord } from '../../../../shared/dns/tsig/record.ts'
import {
  type FailedRequest,
  signErrorResponse,
  signRequest,
  verifyRequest,
} from '../../../../shared/dns/tsig/request.ts'
import { ResponseSigner, ResponseVerifier } from '../../../../shared/dns/tsig/response.ts'
import { TsigError } from '../../../../shared/dns/tsig/tsig-error.ts'
import { message } from '../messages.ts'

const KEY = parseTsigKey('fourwire-key:c2VjcmV0LW9mLWZvdXJ3aXJlLTAxMjM0NTY3ODkwMTI=')
const NOW = 1_795_376_712
const keys = (...all: TsigKey[]) => new Map(all.map(key => [key.name, key]))
const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** Sent by `dig +noedns -y hmac-sha256:fourwire-key:... ns.example.test A` to NSD 4.6. */
const DIG_QUERY = hex(`74cb01200001000000000001026e73076578616d706c65047465737400000100010c666f7572776972652d6b65790000
  fa00ff00000000003d0b686d61632d7368613235360000006b034648012c0020f6001fea1305d2b61e37ea3511853cc9e67a459622b2c12313b5
  aa272f5406b974cb00000000`)
const NSD_RESPONSE =
  hex(`74cb85000001000100010001026e73076578616d706c6504746573740000010001c00c000100010000003c00047f0000
  01c00f000200010000003c0002c00c0c666f7572776972652d6b65790000fa00ff00000000003d0b686d61632d7368613235360000006b034648
  012c002043d040bc96020834f716fcc28e2ea453723b333abe1cb9eef7091496fd06de1d74cb00000000`)
/** Sent by `kdig -y hmac-sha512:fourwire-key:c2VjcmV0` to NSD, which has another secret and algorithm. */
const KDIG_QUERY = hex(`c1ae01200001000000000001026e73076578616d706c65047465737400000100010c666f7572776972652d6b65790000
  fa00ff00000000005d0b686d61632d7368613531320000006b034648012c00408cecc8976f0f5c23470567a8cbbad578fbb5c10e07f371c2e93f
  f9174e70103255581f06e5c9bb9b07368beb52e676b00802c01e885c5186d7404c5d474324c0c1ae00000000`)
const NSD_BADSIG = hex(`c1ae810900000000000000010c666f7572776972652d6b65790000fa00ff00000000001d0b686d61632d736861353132
  0000006b034648012c0000c1ae00100000`)

const query = encodeMessage(message())
const response = (id = 0x1234) => encodeMessage(message({ id, response: true }))

/** Signs a query, then changes its TSIG record. */
function changed(change: (tsig: TsigRecord) => Partial<TsigRecord>, key = KEY): Buffer {
  const split = splitTsig(signRequest(query, key, NOW).bytes)
  if (!split) throw new Error('the query has no TSIG record')
  return appendTsig(query, { ...split.tsig, ...change(split.tsig) })
}

function failed(bytes: Uint8Array, now = NOW): FailedRequest {
  const check = verifyRequest(bytes, keys(KEY), now)
  if (check.kind !== 'failed') throw new Error(`the request is ${check.kind}`)
  return check
}

/** Returns the rcode or the error with which a client verifies the response to a request that it signed. */
function verify(bytes: Uint8Array, mac: Uint8Array, now = NOW): string {
  try {
    return decodeMessage(new ResponseVerifier(KEY, mac).verify(bytes, now)).rcode
  } catch (error) {
    if (error instanceof TsigError) return `${error.code}: ${error.message}`
    throw error
  }
}

describe('recorded messages', () => {
  test("verifies dig's query", () => {
    expect(verifyRequest(DIG_QUERY, keys(KEY), NOW)).toMatchObject({ kind: 'verified', key: KEY })
  })

  test("verifies kdig's query with another algorithm", () => {
    const key = parseTsigKey('hmac-sha512:fourwire-key:c2VjcmV0')
    expect(verifyRequest(KDIG_QUERY, keys(key), NOW)).toMatchObject({ kind: 'verified', key })
    expect(failed(KDIG_QUERY)).toMatchObject({ code: 'BADKEY' })
  })

  test("signs dig's query with the same bytes as dig", () => {
    const split = splitTsig(DIG_QUERY)
    expect(signRequest(split?.bytes ?? Buffer.alloc(0), KEY, NOW).bytes).toEqual(DIG_QUERY)
  })

  test("verifies NSD's response, and signs it with the same bytes", () => {
    const mac = splitTsig(DIG_QUERY)?.tsig.mac ?? Buffer.alloc(0)
    const unsigned = new ResponseVerifier(KEY, mac).verify(NSD_RESPONSE, NOW)
    expect(decodeMessage(unsigned)).toMatchObject({ rcode: 'NOERROR', additionals: [] })
    expect(new ResponseSigner(KEY, mac).sign(unsigned, NOW)).toEqual(NSD_RESPONSE)
  })

  test('signs the response to a wrong secret as NSD does, and explains it', () => {
    const unsigned = splitTsig(NSD_BADSIG)?.bytes ?? Buffer.alloc(0)
    const key = parseTsigKey('hmac-sha512:fourwire-key:b3RoZXI=')
    const check = verifyRequest(KDIG_QUERY, keys(key), NOW)
    expect(check).toMatchObject({ kind: 'failed', code: 'BADSIG' })
    if (check.kind === 'failed') expect(signErrorResponse(unsigned, check, NOW)).toEqual(NSD_BADSIG)
    const verifyBadSig = () => new ResponseVerifier(key, Buffer.alloc(64)).verify(NSD_BADSIG, NOW)
    expect(verifyBadSig).toThrow('the server has another secret for the key fourwire-key')
  })
})

describe('verifyRequest', () => {
  test.each(Object.keys(TSIG_ALGORITHMS))('verifies a request signed with %s', algorithm => {
    const key = createTsigKey({ name: 'K.Test', secret: 'c2VjcmV0', algorithm })
    const { bytes, mac } = signRequest(query, key, NOW)
    expect(verifyRequest(bytes, keys(key), NOW)).toEqual({ kind: 'verified', key, mac })
  })

  test('returns "unsigned" for a request without a TSIG record', () => {
    expect(verifyRequest(query, keys(KEY), NOW)).toEqual({ kind: 'unsigned' })
  })

  test('uses the original id, and ignores the case of names', () => {
    const { bytes } = signRequest(query, KEY, NOW)
    bytes.writeUInt16BE(0x9999)
    const upperCase = Buffer.from(bytes)
    upperCase.write('FOURWIRE-KEY', bytes.indexOf('fourwire-key'))
    expect(verifyRequest(upperCase, keys(KEY), NOW).kind).toBe('verified')
  })

  test.each([
    ['an unknown key', changed(() => ({ keyName: 'other' })), NOW, 'BADKEY'],
    ['another algorithm than that of the key', changed(() => ({ algorithm: 'hmac-md5' })), NOW, 'BADKEY'],
    ['another MAC', changed(({ mac }) => ({ mac: mac.fill(1) })), NOW, 'BADSIG'],
    ['another fudge than was signed', changed(() => ({ fudge: 65_000 })), NOW, 'BADSIG'],
    ['a time in the past', signRequest(query, KEY, NOW).bytes, NOW + FUDGE_SECONDS + 1, 'BADTIME'],
    ['a time in the future', signRequest(query, KEY, NOW).bytes, NOW - FUDGE_SECONDS - 1, 'BADTIME'],
    ['a MAC truncated to half', changed(({ mac }) => ({ mac: mac.subarray(0, 16) })), NOW, 'BADTRUNC'],
  ])('fails on %s', (_, bytes, now, code) => {
    expect(failed(bytes, now)).toMatchObject({ code })
  })

  test('accepts a time that differs by exactly the fudge', () => {
    const { bytes } = signRequest(query, KEY, NOW)
    for (const now of [NOW - FUDGE_SECONDS, NOW + FUDGE_SECONDS]) {
      expect(verifyRequest(bytes, keys(KEY), now).kind).toBe('verified')
    }
  })

  const signed = signRequest(query, KEY, NOW).bytes
  const twice = signRequest(signed, KEY, NOW).bytes
  const inAnswers = Buffer.from(signed)
  inAnswers.writeUInt16BE(1, 6)
  inAnswers.writeUInt16BE(0, 10)
  const at = (bytes: Buffer, change: (bytes: Buffer, record: number) => void) => {
    const copy = Buffer.from(bytes)
    change(copy, query.length + 'fourwire-key'.length + 2)
    return copy
  }

  test.each([
    ['two TSIG records', twice],
    ['a TSIG record among the answers', inAnswers],
    ['a TSIG record of class IN', at(signed, (bytes, record) => bytes.writeUInt16BE(1, record + 2))],
    ['a TSIG record with a TTL', at(signed, (bytes, record) => bytes.writeUInt32BE(1, record + 4))],
    [
      'a TSIG record with extra bytes',
      at(Buffer.concat([signed, Buffer.alloc(1)]), (bytes, record) => bytes.writeUInt16BE(0x3e, record + 8)),
    ],
    ['a MAC truncated to less than half', changed(({ mac }) => ({ mac: mac.subarray(0, 15) }))],
    ['a MAC that is too long', changed(({ mac }) => ({ mac: Buffer.concat([mac, mac]) }))],
    ['a truncated TSIG record', signed.subarray(0, -3)],
  ])('throws a FormatError on %s', (_, bytes) => {
    expect(() => verifyRequest(bytes, keys(KEY), NOW)).toThrow(FormatError)
  })
})

describe('signErrorResponse', () => {
  const notAuth = encodeMessage(message({ response: true, rcode: 'NOTAUTH' }))
  /** Returns how a client verifies the error response to this request. */
  const verifyErrorResponse = (bytes: Buffer, now = NOW, mac = splitTsig(bytes)?.tsig.mac ?? Buffer.alloc(0)) =>
    verify(signErrorResponse(notAuth, failed(bytes, now), now), mac)

  test('does not sign if the key is unknown', () => {
    expect(verifyErrorResponse(changed(() => ({ keyName: 'other' })))).toBe(
      'BADKEY: the server does not know the key fourwire-key with this algorithm',
    )
  })

  test('does not sign if the MAC is wrong', () => {
    expect(verifyErrorResponse(changed(({ mac }) => ({ mac: mac.fill(1) })))).toBe(
      'BADSIG: the server has another secret for the key fourwire-key',
    )
  })

  test("signs if the time is wrong, and adds the server's time", () => {
    const request = signRequest(query, KEY, NOW)
    expect(verifyErrorResponse(request.bytes, NOW + 1000)).toBe(
      'BADTIME: the clocks of client and server differ by 1000 seconds',
    )
    const forged = signErrorResponse(notAuth, failed(request.bytes, NOW + 1000), NOW + 1000)
    expect(verify(forged.fill(0x77, forged.length - 6), request.mac)).toMatch(
      /^BADSIG: the signature of the response is wrong/,
    )
  })

  test('signs if the MAC is truncated', () => {
    expect(verifyErrorResponse(changed(({ mac }) => ({ mac: mac.subarray(0, 20) })))).toBe(
      'BADTRUNC: the server requires a longer signature with the key fourwire-key',
    )
  })

  test("may omit the server's time", () => {
    const { mac } = signRequest(query, KEY, NOW)
    const error = { keyName: KEY.name, algorithm: KEY.algorithm, timeSigned: NOW, fudge: 300, error: 18 }
    const bytes = appendTsig(notAuth, { ...error, otherData: Buffer.alloc(0), mac: Buffer.alloc(0), originalId: 1 })
    expect(verify(bytes, mac)).toBe('BADTIME: the clocks of client and server differ')
  })
})

describe('a signed response', () => {
  test('is longer by the length of the signer', () => {
    const signer = new ResponseSigner(KEY, Buffer.alloc(32))
    expect(signer.sign(response(), NOW)).toHaveLength(response().length + signer.length)
  })

  test.each([
    ['is unsigned', (bytes: Buffer) => splitTsig(bytes)?.bytes ?? bytes, 'undefined: the response is not signed'],
    ['is modified', (bytes: Buffer) => bytes.fill(bytes[2] ?? 0, 3, 4), 'BADSIG: the signature of the response'],
    [
      'is signed with another key',
      (bytes: Buffer) => bytes.fill('x', bytes.indexOf('fourwire-key'), bytes.indexOf('fourwire-key') + 1),
      'BADKEY: the response is signed with hmac-sha256:xourwire-key',
    ],
  ])('is rejected if it %s', (_, change, error) => {
    const { mac } = signRequest(query, KEY, NOW)
    expect(verify(change(new ResponseSigner(KEY, mac).sign(response(), NOW)), mac)).toContain(error)
  })

  test('is rejected if its time is wrong or its MAC truncated', () => {
    const { mac } = signRequest(query, KEY, NOW)
    const signed = new ResponseSigner(KEY, mac).sign(response(), NOW)
    expect(verify(signed, mac, NOW + 301)).toBe(
      'BADTIME: the signing time of the response is too far from the current time',
    )
    const split = splitTsig(signed)
    if (!split) throw new Error('the response has no TSIG record')
    const truncated = appendTsig(split.bytes, { ...split.tsig, mac: split.tsig.mac.subarray(0, 16) })
    expect(verify(truncated, mac)).toMatch(/^BADSIG/)
  })

  test('of several messages covers the previous MAC with each MAC', () => {
    const { mac } = signRequest(query, KEY, NOW)
    const signer = new ResponseSigner(KEY, mac)
    const stream = [1, 2, 3].map(id => signer.sign(response(id), NOW + id))
    const verifier = new ResponseVerifier(KEY, mac)
    expect(verifier.isComplete).toBe(false)
    expect(stream.map(bytes => decodeMessage(verifier.verify(bytes, NOW)).id)).toEqual([1, 2, 3])
    expect(verifier.isComplete).toBe(true)
    const [first, , third] = stream
    const incomplete = new ResponseVerifier(KEY, mac)
    incomplete.verify(first ?? Buffer.alloc(0), NOW)
    expect(() => incomplete.verify(third ?? Buffer.alloc(0), NOW)).toThrow(TsigError)
  })

  test('may have up to 99 consecutive unsigned messages', () => {
    const { mac } = signRequest(query, KEY, NOW)
    const first = new ResponseSigner(KEY, mac).sign(response(), NOW)
    const verifier = new ResponseVerifier(KEY, mac)
    verifier.verify(first, NOW)
    for (let count = 0; count < 99; count++) expect(verifier.verify(response(), NOW)).toEqual(response())
    expect(verifier.isComplete).toBe(false)
    expect(() => verifier.verify(response(), NOW)).toThrow('too many consecutive messages are not signed')
  })
})

describe('parseTsigKey', () => {
  test('parses an algorithm, a name and a secret', () => {
    expect(parseTsigKey('HMAC-SHA512.:Key.Test.:c2VjcmV0')).toEqual({
      name: 'key.test',
      algorithm: 'hmac-sha512',
      secret: Buffer.from('secret'),
    })
  })

  test.each([
    ['key', 'invalid key: use [ALGORITHM:]NAME:SECRET, with the secret in base64'],
    ['a:b:c:d', 'invalid key: use [ALGORITHM:]NAME:SECRET, with the secret in base64'],
    ['hmac-md5:key:c2VjcmV0', 'unknown algorithm "hmac-md5". Use one of hmac-sha1, '],
    ['key:s*cret', 'key key: its secret is not base64. Create one with `openssl rand -base64 32`'],
    ['key:', 'key key: its secret is empty'],
    ['a..b:c2VjcmV0', 'invalid key name: "a..b" is not a valid name: empty label'],
  ])('throws on %j', (text, error) => {
    expect(() => parseTsigKey(text)).toThrow(error)
  })

  test('does not show the secret of an invalid key', () => {
    expect(() => parseTsigKey('key:hush!')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hush') }),
    )
  })
})
