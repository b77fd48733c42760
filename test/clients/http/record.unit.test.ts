import { Cookie } from 'tough-cookie'
import { expect, test } from 'vitest'
import { fromRecord, isFieldText, toRecord } from '../../../clients/http/cookies/record.ts'

test('a cookie without attributes has the defaults', () => {
  const cookie = Object.assign(new Cookie({ key: 'a', value: 'b' }), { creation: null, hostOnly: null })
  expect(toRecord(cookie)).toMatchObject({ domain: '', path: '/', hostOnly: true, created: '1970-01-01T00:00:00.000Z' })
})

test.each([undefined, '2030-01-02T03:04:05.000Z'])('a record with the expiry %s stays the same', expires => {
  const times = { created: '2026-01-02T03:04:05.000Z', lastUsed: '2026-01-02T03:04:06.000Z' }
  const flags = { hostOnly: false, secure: true, httpOnly: true, sameSite: 'lax' }
  const record = { name: 'a', value: 'b', domain: 'x.test', path: '/p', ...flags, ...times, expires }
  expect(toRecord(fromRecord(record))).toEqual(record)
})

test('a header field has neither control characters nor text without a bound', () => {
  expect([isFieldText('a b'), isFieldText('a\n'), isFieldText('x'.repeat(5001))]).toEqual([true, false, false])
})
