import { describe, expect, test } from 'vitest'
import { formatReply, ReplyError, toReplyError } from '../../../../servers/ftp/session/replies.ts'
import { FileError, OutsideTreeError } from '../../../../shared/files/file-error.ts'

describe('formats replies', () => {
  test.for([
    [[], '200 OK\r\n'],
    [['fine'], '200 fine\r\n'],
    [['first', 'last'], '200-first\r\n200 last\r\n'],
    [['first', '200 between', 'last'], '200-first\r\n 200 between\r\n200 last\r\n'],
    [['a\r\n500 b\0'], '200 a??500 b?\r\n'],
  ] as const)('of the lines %o', ([lines, wire]) => {
    expect(formatReply(200, lines)).toBe(wire)
  })

  test('with a default text', () => {
    expect(formatReply(299, [])).toBe('299 Done\r\n')
  })

  test.for([
    [Object.assign(new Error('ENOENT: /secret/path'), { code: 'ENOENT' }), 550],
    [Object.assign(new Error(), { code: 'ENOSPC' }), 452],
    [Object.assign(new Error(), { code: 'EFBIG' }), 552],
    [Object.assign(new Error(), { code: 'EIO' }), 451],
    [new FileError('over-quota', 'x'), 552],
    [new OutsideTreeError('x'), 550],
    [new ReplyError(503, 'x'), 503],
  ] as const)('for the error %o, without a local path', ([error, code]) => {
    expect(toReplyError(error)?.code).toBe(code)
    expect(toReplyError(error)?.message).not.toContain('/')
  })

  test.for([new TypeError('x'), Object.assign(new Error(), { code: 'ERR_INVALID_ARG_TYPE' }), 'text'])(
    'except for the defect %o',
    error => {
      expect(toReplyError(error)).toBeUndefined()
    },
  )
})
