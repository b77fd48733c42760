import { expect, test } from 'vitest'
import { Login } from '../../../../shared/trace/dissectors/ftp/login.ts'

test.for([
  ['QUIT', 221],
  ['STAT', 421],
  ['USER', 331],
  ['AUTH', 234],
  ['REIN', 220],
] as const)('the reply to %s with %i ends a login, and changes nothing without one', ([verb, code]) => {
  const login = new Login()
  expect(login.reply(verb, code)).toBeUndefined()
  login.command('USER', 'USER ada')
  expect(login.reply('PASS', 230)).toBe('logged in as ada')
  expect(login.reply(verb, code)).toBe('logged out')
  expect(login.reply(verb, code)).toBeUndefined()
})

test.for([
  ['USER', 530],
  ['AUTH', 504],
  ['REIN', 534],
  ['NOOP', 200],
  [undefined, 226],
] as const)('the reply to %s with %i does not end a login', ([verb, code]) => {
  const login = new Login()
  login.reply('PASS', 230)
  expect(login.reply(verb, code)).toBeUndefined()
})
