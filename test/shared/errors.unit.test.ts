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

test('each error carries the exit code of whose fault it is', () => {
  const bind = new BindError('dns', '127.0.0.1', 53, system('EACCES'))
  const errors = [new UsageError('x'), new RefusedError(550, 'No'), new UnreachableError('h:1', 'gone'), bind]
  expect(errors.map(({ exitCode }) => exitCode)).toEqual([2, 1, 3, 1])
})

test.each([
  ['EADDRINUSE', 'the port is in use'],
  ['EACCES', 'this user may not bind that port'],
  ['EOTHER', 'the system says so'],
])('a port that cannot be had for %s says why, and how to choose another', (code, why) => {
  expect(new BindError('dns', '127.0.0.1', 53, system(code)).message).toBe(
    `dns could not listen on 127.0.0.1 port 53: ${why}; choose another with --dns-port N (0 takes any free port)`,
  )
})

test.each([
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'that is no address, and no name of one'],
])('an address that cannot be had for %s says how to choose another', (code, why) => {
  expect(new BindError('dns', '192.0.2.1', 53, system(code)).message).toBe(
    `dns could not listen on 192.0.2.1 port 53: ${why}; choose another with --host ADDRESS, or --dns-host ADDRESS for this service`,
  )
})

test('what cannot be reached says what to start, or another way out, or nothing', () => {
  const messages = [{ service: 'dns' }, { hint: 'look there' }, {}].map(
    options => new UnreachableError('h:1', 'gone', options).message,
  )
  expect(messages).toEqual([
    'could not reach h:1: gone; is it running? start it with: fourwire start dns',
    'could not reach h:1: gone; look there',
    'could not reach h:1: gone',
  ])
})

test('what was refused has the other end’s own code and text', () => {
  expect(new RefusedError(550, 'No such user')).toMatchObject({
    code: 550,
    text: 'No such user',
    message: '550 No such user',
  })
  expect(new RefusedError(550, 'No', { message: 'not sent' }).message).toBe('not sent')
  expect(new RefusedError('timeout', 'it did not answer').message).toBe('it did not answer')
})

test('the code of a system error is found in causes and in the parts of an aggregate', () => {
  expect(errorCode(system('ENOENT'))).toBe('ENOENT')
  expect(errorCode(new Error('outer', { cause: system('ECONNREFUSED') }))).toBe('ECONNREFUSED')
  expect(errorCode(new AggregateError([system('ETIMEDOUT')]))).toBe('ETIMEDOUT')
  expect(errorCode(new AggregateError([]))).toBeUndefined()
  expect(errorCode('text')).toBeUndefined()
  expect(unreachableReason(system('ECONNREFUSED'))).toBe('connection refused')
  expect(unreachableReason(new Error('x'))).toBeUndefined()
})

test('whatever was thrown has a text', () => {
  expect([errorText(new Error('x')), errorText('y'), errorText(undefined)]).toEqual(['x', 'y', 'undefined'])
})
