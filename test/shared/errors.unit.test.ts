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

const system = (code: string, message = 'the system says so') => Object.assign(new Error(message), { code })

test('each error has the exit code of its cause', () => {
  const bind = new BindError('dns', '127.0.0.1', 53, system('EACCES'))
  const errors = [new UsageError('x'), new RefusedError(550, 'No'), new UnreachableError('h:1', 'gone'), bind]
  expect(errors.map(({ exitCode }) => exitCode)).toEqual([2, 1, 3, 1])
})

test.each([
  ['EADDRINUSE', 'port in use'],
  ['EACCES', 'permission denied'],
  ['EOTHER', 'the system says so'],
])('a bind failure with %s names the reason and how to choose another port', (code, why) => {
  expect(new BindError('dns', '127.0.0.1', 53, system(code)).message).toBe(
    `cannot listen on 127.0.0.1:53 (dns): ${why}. Choose another with --dns-port, or 0 for any free port`,
  )
})

test.each([
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['ENOTFOUND', 'no such host name'],
])('an address failure with %s names the reason and how to choose another address', (code, why) => {
  expect(new BindError('dns', '192.0.2.1', 53, system(code)).message).toBe(
    `cannot listen on 192.0.2.1:53 (dns): ${why}. Choose another with --host, or --dns-host for this service`,
  )
})

test.each([
  ['127.0.0.1:1', { service: 'dns' }, '. Is it running? Start it with: fourwire start dns'],
  ['[::1]:1', { service: 'dns' }, '. Is it running? Start it with: fourwire start dns'],
  ['127.0.0.1:1', { service: 'dns', hint: 'Look there' }, '. Look there'],
  ['127.0.0.1:1', {}, ''],
  ['example.invalid:80', { service: 'http' }, ''],
  ['192.0.2.1:80', { service: 'http' }, ''],
])('an unreachable %s with %j advises %j', (address, options, advice) => {
  expect(new UnreachableError(address, 'gone', options).message).toBe(`could not reach ${address}: gone${advice}`)
})

test('a refusal has the code and text of the peer', () => {
  expect(new RefusedError(550, 'No such user')).toMatchObject({
    code: 550,
    text: 'No such user',
    message: '550 No such user',
  })
  expect(new RefusedError(550, 'No', { message: 'not sent' }).message).toBe('not sent')
  expect(new RefusedError('timeout', 'it did not answer').message).toBe('it did not answer')
})

test('errorCode looks into causes and aggregates', () => {
  expect(errorCode(system('ENOENT'))).toBe('ENOENT')
  expect(errorCode(new Error('outer', { cause: system('ECONNREFUSED') }))).toBe('ECONNREFUSED')
  expect(errorCode(new AggregateError([system('ETIMEDOUT')]))).toBe('ETIMEDOUT')
  expect(errorCode(new AggregateError([]))).toBeUndefined()
  expect(errorCode('text')).toBeUndefined()
  expect(unreachableReason(system('ECONNREFUSED'))).toBe('connection refused')
  expect(unreachableReason(new Error('x'))).toBeUndefined()
})

test('errorText gives any thrown value a text', () => {
  expect([errorText(new Error('x')), errorText('y'), errorText(undefined)]).toEqual(['x', 'y', 'undefined'])
})
