import { expect, test } from 'vitest'
import {
  BindError,
  errorCode,
  errorText,
  RefusedError,
  UnreachableError,
  UsageError,
  unreachableReason,
} from '../../shared/errors.ts'

const systemError = (code: string, message = 'message of the system') => Object.assign(new Error(message), { code })

test('each class of errors has its exit code', () => {
  const bind = new BindError('dns', '127.0.0.1', 53, systemError('EACCES'))
  const errors = [new UsageError('x'), new RefusedError(550, 'No'), new UnreachableError('h:1', 'gone'), bind]
  expect(errors.map(({ exitCode }) => exitCode)).toEqual([2, 1, 3, 1])
})

test.each([
  ['EADDRINUSE', 'port in use'],
  ['EACCES', 'permission denied'],
  ['EOTHER', 'message of the system'],
])('a bind failure with %s names the reason and how to choose another port', (code, reason) => {
  expect(new BindError('dns', '127.0.0.1', 53, systemError(code)).message).toBe(
    `cannot listen on 127.0.0.1:53 (dns): ${reason}. Choose another with --dns-port, or 0 for any free port`,
  )
})

test.each([
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['ENOTFOUND', 'no such host name'],
])('an address failure with %s names the reason and how to choose another address', (code, reason) => {
  expect(new BindError('dns', '192.0.2.1', 53, systemError(code)).message).toBe(
    `cannot listen on 192.0.2.1:53 (dns): ${reason}. Choose another with --host, or --dns-host for this service`,
  )
})

test.each([
  ['127.0.0.1:1', { service: 'dns' }, '. Is it running? Start it with: fourwire start dns'],
  ['[::1]:1', { service: 'dns' }, '. Is it running? Start it with: fourwire start dns'],
  ['127.0.0.1:1', { service: 'dns', hint: 'Look there' }, '. Look there'],
  ['127.0.0.1:1', {}, ''],
  ['example.invalid:80', { service: 'http' }, ''],
  ['192.0.2.1:80', { service: 'http' }, ''],
])('the error for %s with %j advises %j', (address, options, advice) => {
  expect(new UnreachableError(address, 'gone', options).message).toBe(`could not reach ${address}: gone${advice}`)
})

test('RefusedError has the code and text of the peer', () => {
  expect(new RefusedError(550, 'No such user')).toMatchObject({
    code: 550,
    text: 'No such user',
    message: '550 No such user',
  })
  expect(new RefusedError(550, 'No', { message: 'not sent' }).message).toBe('not sent')
  expect(new RefusedError('timeout', 'it did not answer').message).toBe('it did not answer')
})

test('errorCode looks into causes and aggregates', () => {
  expect(errorCode(systemError('ENOENT'))).toBe('ENOENT')
  expect(errorCode(new Error('outer', { cause: systemError('ECONNREFUSED') }))).toBe('ECONNREFUSED')
  expect(errorCode(new AggregateError([systemError('ETIMEDOUT')]))).toBe('ETIMEDOUT')
  expect(errorCode(new AggregateError([]))).toBeUndefined()
  expect(errorCode('text')).toBeUndefined()
  expect(unreachableReason(systemError('ECONNREFUSED'))).toBe('connection refused')
  expect(unreachableReason(new Error('x'))).toBeUndefined()
})

test('errorText returns a text for any thrown value', () => {
  expect([errorText(new Error('x')), errorText('y'), errorText(undefined)]).toEqual(['x', 'y', 'undefined'])
})
