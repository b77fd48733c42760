import { expect, test } from 'vitest'
import { loginAdvice } from '../../../clients/ftp/commands/login-advice.ts'
import { resolveTarget } from '../../../clients/ftp/target.ts'

const LOG_IN = 'log in with --user NAME --password PASSWORD'

test.for([
  [{}, 'Login incorrect.', `The server did not accept an anonymous login: ${LOG_IN}`],
  [{}, 'Anonymous sessions must use encryption.', 'Encrypt the connection with --tls'],
  [{}, 'Permission denied.', `The server did not accept an anonymous login: ${LOG_IN}`],
  [{ tls: 'explicit' }, 'Anonymous sessions may not use encryption.', `Use ftp:// without --tls, or ${LOG_IN}`],
  [{ user: 'ann', tls: 'implicit' }, 'SSL is not for you', 'Use ftp:// without --tls'],
  [{ user: 'ann' }, 'TLS is required; use AUTH TLS first', 'Encrypt the connection with --tls'],
  [{ user: 'ann' }, 'This FTP server is anonymous only.', 'Omit the user ann: the login is then anonymous'],
  [{ user: 'ann' }, 'Login incorrect.', 'Give the password of ann with --password PASSWORD'],
  [{ user: 'ann' }, 'Permission denied.', undefined],
  [{ user: 'ann', password: 'x' }, 'Login incorrect.', undefined],
  [{ user: 'ann', password: 'x' }, 'Wrong name or password', undefined],
] as const)('%j and 530 %s: %s', ([target, text, advice]) => {
  expect(loginAdvice(text, resolveTarget(target))).toBe(advice)
})
