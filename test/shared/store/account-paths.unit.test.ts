import { expect, test } from 'vitest'
import { isBelow, leadsTo, normalizePath } from '../../../shared/store/account-paths.ts'

test.each([
  ['/', '/'],
  ['', '/'],
  ['/files/', '/files'],
  ['/files/../x/', '/x'],
  ['/../..', '/'],
  ['//a/./b//', '/a/b'],
])('normalizes %j to %j', (path, normal) => {
  expect(normalizePath(path)).toBe(normal)
})

test.each([
  ['/files', ['/files'], true],
  ['/files/x', ['/files'], true],
  ['/filesystem', ['/files'], false],
  ['/files/../other', ['/files'], false],
  ['/', ['/files'], false],
  ['/anything', ['/'], true],
  ['/x', [], false],
  ['/b/c', ['/a', '/b'], true],
])('%j is below one of %j: %j', (path, folders, below) => {
  expect(isBelow(path, folders)).toBe(below)
})

test.each([
  ['/', ['/files'], true],
  ['/files', ['/files/own'], true],
  ['/files', ['/files'], false],
  ['/', ['/'], false],
  ['/file', ['/files'], false],
])('%j leads to one of %j: %j', (path, folders, leads) => {
  expect(leadsTo(path, folders)).toBe(leads)
})
