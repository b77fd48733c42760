import { expect, test } from 'vitest'
import { toStoreError } from '../../../../shared/store/postgres/postgres-error.ts'
import { isTemporary, StoreError } from '../../../../shared/store/store-error.ts'

const withCode = (code: string, message = 'it failed') => Object.assign(new Error(message), { code })

test.each([
  ['unique_violation', '23505', 'conflict'],
  ['disk_full', '53100', 'full'],
  ['lock_not_available', '55P03', 'busy'],
  ['deadlock_detected', '40P01', 'busy'],
  ['query_canceled, by statement_timeout', '57014', 'busy'],
  ['too_many_connections', '53300', 'unavailable'],
  ['read_only_sql_transaction, on a standby', '25006', 'unavailable'],
  ['admin_shutdown', '57P01', 'unavailable'],
  ['crash_shutdown', '57P02', 'unavailable'],
  ['cannot_connect_now', '57P03', 'unavailable'],
  ['idle_session_timeout', '57P05', 'unavailable'],
  ['connection_failure', '08006', 'unavailable'],
  ['protocol_violation', '08P01', 'unavailable'],
  ['a refused connection', 'ECONNREFUSED', 'unavailable'],
  ['a host without address', 'ENOTFOUND', 'unavailable'],
  ['an argument that node refuses', 'ERR_INVALID_ARG_TYPE', 'failed'],
  ['a wrong password', '28P01', 'failed'],
  ['a syntax error', '42601', 'failed'],
] as const)('%s (%s) is %s', (_title, code, expected) => {
  const cause = withCode(code)
  expect(toStoreError(cause)).toMatchObject({ name: 'StoreError', code: expected, message: 'it failed', cause })
})

test('an error of `pg` without a code is about its connection, and a defect is not', () => {
  expect(toStoreError(new Error('Connection terminated unexpectedly'))).toMatchObject({
    code: 'unavailable',
    message: 'Connection terminated unexpectedly',
  })
  expect(toStoreError(new TypeError('x is undefined'))).toMatchObject({ code: 'failed' })
  expect(toStoreError('text')).toMatchObject({ code: 'failed', message: 'text' })
})

test.each([
  ['timeout expired', 'unavailable', 'it did not answer in time'],
  ['Query read timeout', 'unavailable', 'it did not answer in time'],
  ['timeout exceeded when trying to connect', 'busy', 'no connection became free in time'],
])('"%s" of `pg` is %s: %s', (text, code, message) => {
  expect(toStoreError(new Error(text))).toMatchObject({ code, message })
})

test('the text of an error of several addresses has each of them', () => {
  const errors = ['::1', '127.0.0.1'].map(address => withCode('ECONNREFUSED', `connect ECONNREFUSED ${address}`))
  const error = toStoreError(new AggregateError(errors))
  expect(error.code).toBe('unavailable')
  expect(error.message).toBe('connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1')
})

test('an error of the store stays as it is', () => {
  const error = new StoreError('closed', 'the store is closed')
  expect(toStoreError(error)).toBe(error)
})

test('a client can repeat later what failed because of the state of the store, not because of the request', () => {
  const codes = ['busy', 'unavailable', 'closed', 'full', 'conflict', 'version', 'failed'] as const
  expect(codes.filter(code => isTemporary(new StoreError(code, 'x')))).toEqual(['busy', 'unavailable', 'closed'])
  expect(isTemporary(new Error('x'))).toBe(false)
})
