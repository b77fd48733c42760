import { describe, expect, test } from 'vitest'
import { Permissions } from '../../../shared/files/permissions.ts'

describe('permissions', () => {
  const permissions = new Permissions({ read: ['/a', '/b/c'], write: ['/a/w', '/drop'] })

  test.for([
    ['/', 'enter list'],
    ['/a', 'enter list read'],
    ['/a/w', 'enter list read write'],
    ['/a/w/x', 'enter list read write'],
    ['/a/wx', 'enter list read'],
    ['/ab', ''],
    ['/b', 'enter list'],
    ['/b/c/d', 'enter list read'],
    ['/b/x', ''],
    ['/drop', 'enter write'],
    ['/drop/x', 'enter write'],
  ] as const)('of %s are: %s', ([path, actions]) => {
    const allowed = (['enter', 'list', 'read', 'write'] as const).filter(action => permissions.allow(action, path))
    expect(allowed.join(' ')).toBe(actions)
  })

  test.for([
    ['/drop/x', '/drop/y', true],
    ['/a/w/x', '/drop/y', true],
    ['/drop/x', '/a/w/y', false],
    ['/drop', '/b', false],
  ] as const)('a move of %s to %s is allowed: %s', ([from, to, allowed]) => {
    expect(permissions.allowMove(from, to)).toBe(allowed)
  })
})
