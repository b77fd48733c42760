import { describe, expect, test } from 'vitest'
import { ANONYMOUS, canWrite, isAnonymous } from '../../../../servers/ftp/session/accounts.ts'

describe('accounts', () => {
  test('an account without folders to write may only read', () => {
    expect([ANONYMOUS, { name: 'ada', read: [], write: ['/files'] }].map(canWrite)).toEqual([false, true])
  })

  test('anonymous and ftp are anonymous, in any case', () => {
    expect(['anonymous', 'Ftp', 'ada'].map(isAnonymous)).toEqual([true, true, false])
  })
})
