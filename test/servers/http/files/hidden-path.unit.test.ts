import { expect, test } from 'vitest'
import { isHiddenPath } from '../../../../servers/http/files/hidden-path.ts'

test.each([
  ['/', false],
  ['/a.txt', false],
  ['/a./b..c', false],
  ['/.env', true],
  ['/.git/config', true],
  ['/sub/.env', true],
  ['/.well-known/acme-challenge/token', false],
  ['/.well-known', false],
  ['/.well-known/.env', true],
  ['/sub/.well-known/x', true],
  ['/.well-known.txt', true],
])('%s: hidden is %s', (path, hidden) => expect(isHiddenPath(path)).toBe(hidden))
