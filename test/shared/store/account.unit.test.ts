import { expect, test } from 'vitest'
import { parseAccount, parseChange, parsePassword } from '../../../shared/store/account.ts'

test('a new account has everything by default, and its name in lower case', () => {
  expect(parseAccount({ name: 'Ann', password: 'x' })).toEqual({
    name: 'ann',
    password: 'x',
    read: ['/'],
    write: ['/'],
  })
})

test.each([
  [{ name: 'a b', password: 'x' }, /^account name: must be .* \(given: "a b"\)$/],
  [{ name: 'ann', password: '' }, /^account password: must not be empty$/],
])('an account of %j is not valid', (account, message) => {
  expect(() => parseAccount(account)).toThrow(message)
})

test('a password is not part of the error', () => {
  expect(parsePassword('secret')).toBe('secret')
  expect(() => parsePassword('sec\nret')).toThrow('account password: must not contain control characters')
})

test('a change names the field that is not valid', () => {
  expect(parseChange({ read: ['/a/'] })).toEqual({ read: ['/a'] })
  expect(() => parseChange({ write: ['a'] })).toThrow(/^account write\.0: must be a path/)
  const unknown: object = { name: 'ben' }
  expect(() => parseChange(unknown)).toThrow(/^account change: /)
})
