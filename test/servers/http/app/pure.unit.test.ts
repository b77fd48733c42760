import { expect, test } from 'vitest'
import * as z from 'zod'
import { check, parseQuery } from '../../../../servers/http/app/request/parse.ts'
import { nextPath, signInPath } from '../../../../servers/http/app/sign-in/next-path.ts'
import { toProblem } from '../../../../servers/http/app/to-problem.ts'
import { UnreadableBody } from '../../../../servers/http/request/unreadable-body.ts'
import { reasonPhrase, textResponse } from '../../../../servers/http/response/response.ts'
import { UsageError } from '../../../../shared/errors.ts'
import { FileError, OutsideTreeError } from '../../../../shared/files/file-error.ts'
import { StoreError } from '../../../../shared/store/store-error.ts'

test.each([
  [undefined, '/app'],
  ['http://[', '/app'],
  ['/app', '/app'],
  ['/app/notices?limit=5', '/app/notices?limit=5'],
  ['/application', '/app'],
  ['//evil.example/app/', '/app'],
])('after the sign-in, next=%j leads to %s', (given, expected) => {
  expect(nextPath(given)).toBe(expected)
})

test('the path of the sign-in has the path to go back to, except for the first page', () => {
  expect(signInPath('/app')).toBe('/app/sign-in')
  expect(signInPath('/app/mail?q=a')).toBe('/app/sign-in?next=%2Fapp%2Fmail%3Fq%3Da')
})

test.each([
  [new FileError('denied', 'This account may not read /a'), 403, 'This account may not read /a.'],
  [new FileError('over-quota', 'The upload does not fit'), 507, 'The upload does not fit.'],
  [new OutsideTreeError('x'), 404, 'The path is not in the served folder.'],
  [new UsageError('cursor "x" is not one of this list'), 400, 'cursor "x" is not one of this list'],
  [new StoreError('busy', 'the store is busy'), 503, undefined],
  [new StoreError('unavailable', 'no connection'), 503, undefined],
  [new StoreError('full', 'the disk is full'), 507, undefined],
  [Object.assign(new Error('x'), { code: 'ENOSPC' }), 507, 'The disk is full.'],
  [Object.assign(new Error('x'), { code: 'EFBIG' }), 413, 'The file is too large for the file system.'],
  [new UnreadableBody(textResponse(413, 'It is too long.')), 413, 'It is too long.'],
])('%s is a problem', (error, status, detail) => {
  expect(toProblem(error)).toMatchObject({ status, ...(detail !== undefined && { detail }) })
})

test.each([new Error('a defect'), new StoreError('failed', 'a defect'), 'text', undefined])('%s is a defect', error => {
  expect(toProblem(error)).toBeUndefined()
})

test('the problem of a body that cannot be read closes the connection if its response does', () => {
  const response = textResponse(408, 'It is too slow.', ['Connection', 'close'])
  expect(toProblem(new UnreadableBody(response))?.headers).toEqual(['Connection', 'close'])
  expect(toProblem(new UnreadableBody({ status: 400, headers: [] }))).toMatchObject({ detail: '', headers: [] })
})

test('a problem names what is not valid', () => {
  const schema = z.strictObject({ text: z.string() })
  expect(() => check(schema, [], 'field')).toThrow('400: The body must be an object.')
  expect(() => check(schema, {}, 'field')).toThrow('400: The field "text" is missing.')
  expect(() => check(z.strictObject({ a: z.custom(() => false) }), { a: 1 }, 'field')).toThrow(
    'The field "a" is not valid.',
  )
  expect(() => parseQuery(z.strictObject({}), 'x=1')).toThrow('Unknown query parameter "x". There are none.')
  expect(() => parseQuery(schema, 'x=1&text=y')).toThrow('Unknown query parameter "x". Known: text.')
})

test('a status without words is its number', () => {
  expect([reasonPhrase(404), reasonPhrase(299)]).toEqual(['Not Found', '299'])
})
