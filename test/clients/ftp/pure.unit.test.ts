import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePassivePort } from '../../../clients/ftp/session/passive-port.ts'
import { baseName, resolveNewPath, resolveTarget } from '../../../clients/ftp/target.ts'
import { FourwireError, UsageError } from '../../../shared/errors.ts'
import { progressBar, progressLine, renderFilesProgress, renderProgress } from '../../../shared/progress-bar.ts'

describe('targets', () => {
  const anonymous = { user: 'anonymous', password: 'fourwire@' }
  test.for([
    ['ftp://h/a/b', { host: 'h', port: undefined, path: 'a/b', ...anonymous }],
    ['FTP://H', { host: 'h', port: undefined, path: '', ...anonymous }],
    ['ftp://h:2121//etc/x', { host: 'h', port: 2121, path: '/etc/x', ...anonymous }],
    ['ftp://h:21/', { host: 'h', port: 21, path: '', ...anonymous }],
    ['ftp://u:21@h/', { host: 'h', port: undefined, path: '', user: 'u', password: '21' }],
    ['ftp://u@[::1]:2121/a%20b', { host: '::1', port: 2121, path: 'a b', user: 'u', password: '' }],
    ['ftp://%C3%BC:p%40@h/%C3%BC', { host: 'h', port: undefined, path: 'ü', user: 'ü', password: 'p@' }],
    ['ftp://h/a?b#c', { host: 'h', port: undefined, path: 'a?b#c', ...anonymous }],
    ['ftp:///a%20b', { host: undefined, port: undefined, path: '/a b', ...anonymous }],
    ['/a%20b', { host: undefined, port: undefined, path: '/a%20b', ...anonymous }],
    [undefined, { host: undefined, port: undefined, path: '', ...anonymous }],
  ] as const)('resolves %s', ([url, target]) => {
    expect(resolveTarget({ url })).toEqual(target)
  })

  test('parts take precedence over the URL', () => {
    const parts = { host: 'x', port: 1, path: 'p', user: 'v', password: 'w' }
    expect(resolveTarget({ url: 'ftp://u:p@h:2/a', ...parts })).toEqual(parts)
  })

  test('throws only UsageErrors', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map(text => `ftp://${text}`),
        ),
        url => {
          try {
            resolveTarget({ url })
          } catch (error) {
            expect(error).toBeInstanceOf(FourwireError)
          }
        },
      ),
    )
  })

  test.for([
    ['/a/b.txt', 'c.txt', '/a/c.txt'],
    ['b.txt', 'c.txt', 'c.txt'],
    ['/a/b/', 'c', '/a/c'],
    ['/a/b', '/c', '/c'],
    ['/a/b', 'd/c', '/a/d/c'],
  ] as const)('resolves the new path of %s, moved to %s, as %s', ([path, newPath, result]) => {
    expect(resolveNewPath(path, newPath)).toBe(result)
  })

  test('returns the last part of a path', () => {
    expect(['/a/b', 'a/b/', 'a', '/', ''].map(baseName)).toEqual(['b', 'b', 'a', '', ''])
  })
})

describe('replies to EPSV and PASV', () => {
  test.for([
    [229, '229 x (|||40000|)', 40000],
    [229, '229 x (!!!21!)', 21],
    [227, '227 x (127,0,0,1,156,64)', 40000],
    [227, '227 x 127,0,0,1,156,64', 40000],
  ] as const)('parses the port in a reply with %i: %s', ([code, message, port]) => {
    expect(parsePassivePort({ code, message })).toBe(port)
  })

  test.for([
    [229, '229 x (|||0|)'],
    [229, '229 x (|||70000|)'],
    [229, '229 x'],
    [227, '227 x'],
    [227, '227 (1,2,3,4,5)'],
  ] as const)('rejects a reply with %i and without a port: %s', ([code, message]) => {
    expect(() => parsePassivePort({ code, message })).toThrow('sent no port')
  })
})

describe('progress bar', () => {
  test('shows a bar if the total is known, and figures if not', () => {
    expect(renderProgress(50, 100, 1000)).toBe('[############            ]  50 %     50 B       50 B/s  0:01 left')
    expect(renderProgress(200, 100, 0)).toBe('[########################] 100 %    200 B             ')
    expect(renderProgress(50, undefined, 1000)).toBe('     50 B       50 B/s')
  })

  test.for([
    [1, 42, '0:41'],
    [1, 724, '12:03'],
    [1, 3601, '1:00:00'],
    [1, 40_000, '11:06:39'],
  ] as const)('shows the time left: %i of %i bytes in a second leave %s', ([transferred, total, left]) => {
    expect(renderProgress(transferred, total, 1000)).toMatch(new RegExp(`  ${left} left$`))
  })

  test('shows the figures of many files in one line', () => {
    const progress = { files: 340, done: 12, bytes: 34 * 2 ** 20, total: 100 * 2 ** 20 }
    expect(renderFilesProgress(progress, 2000)).toBe('12/340 files   34 % 34.0 MiB   17.0 MiB/s  0:04 left')
    expect(renderFilesProgress({ files: 4, done: 1, bytes: 0, total: 0 }, 2000)).toBe(
      '1/4 files   25 %      0 B        0 B/s',
    )
  })

  test('does not write more than fits in a line of the terminal', () => {
    const written: string[] = []
    let now = 0
    const output = { isTTY: true, columns: 10, write: (text: string) => written.push(text) }
    const line = progressLine(output, () => now)
    now = 2000
    line?.draw(() => '0123456789')
    expect(written).toEqual(['\r012345678\u001b[K'])
    const unknown = progressLine({ ...output, columns: 0 }, () => now)
    now = 4000
    unknown?.draw(() => '0123456789')
    expect(written.at(-1)).toBe('\r0123456789\u001b[K')
  })

  test('shows long transfers on terminals only, and erases the line', () => {
    const written: string[] = []
    const write = (text: string) => written.push(text)
    expect(progressBar({ write }, () => 0)).toBeUndefined()
    let now = 0
    const bar = progressBar({ isTTY: true, write }, () => now)
    bar?.onProgress(1, 2)
    bar?.clear()
    expect(written).toEqual([])
    now = 2000
    bar?.onProgress(1, 2)
    now = 2099
    bar?.onProgress(2, 2)
    bar?.clear()
    expect(written).toEqual([`\r${renderProgress(1, 2, 2000)}\u001b[K`, '\r\u001b[K'])
  })
})

test.each(['', 'a\r\nDELE b', 'a\0'])('rejects %j as a new name', newPath => {
  expect(() => resolveNewPath('/a/b', newPath)).toThrow(UsageError)
})
