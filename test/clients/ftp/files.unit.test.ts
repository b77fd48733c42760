/** Patterns, names, plans and progress of transfers of many files. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDelete } from '../../../clients/ftp/operations/files-request.ts'
import { compilePattern, expandPattern, isPattern, literalOf } from '../../../clients/ftp/transfer/glob.ts'
import { isSameDownload, isSameUpload, planTransfer } from '../../../clients/ftp/transfer/plan.ts'
import { ProgressCounter } from '../../../clients/ftp/transfer/progress.ts'
import { isSafeName, isSendableName } from '../../../clients/ftp/transfer/safe-name.ts'
import { joinPath, type TreeEntry } from '../../../clients/ftp/transfer/tree.ts'

describe('patterns', () => {
  test.for([
    ['*', 'a', true],
    ['*', '.a', false],
    ['.*', '.a', true],
    ['\\.*', '.a', true],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a.txtx', false],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxcyyb', false],
    ['**', 'abc', true],
    ['?', 'ü', true],
    ['?', '😀', true],
    ['?', 'ab', false],
    ['a?', 'a', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[!a-c]x', 'dx', true],
    ['[!a-c]x', 'ax', false],
    ['[]a]', ']', true],
    ['[a-]', '-', true],
    ['[ab', '[ab', true],
    ['[]', '[]', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['', '', true],
    ['a*', 'a', true],
  ] as const)('%s and %s: %o', ([pattern, name, expected]) => {
    expect(compilePattern(pattern)(name)).toBe(expected)
  })

  test('a literal text matches itself, and takes no exponential time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), name => {
        const escaped = Array.from(name, character => `\\${character}`).join('')
        expect(compilePattern(escaped)(name)).toBe(true)
        expect(literalOf(escaped)).toBe(name)
      }),
    )
    expect(compilePattern(`${'*a'.repeat(50)}b`)('a'.repeat(1000))).toBe(false)
  })

  test('knows which paths are patterns', () => {
    expect(['a/b', 'a\\*', 'a]', '[a'].map(isPattern)).toEqual([false, false, false, false])
    expect(['a/*', '?', '[a]'].map(isPattern)).toEqual([true, true, true])
  })

  test('lists only the folders that can contain a match', async () => {
    const folders: Record<string, string[]> = {
      '/': ['a/', 'b/', 'c'],
      '/a': ['1.txt', '2.bin', 'x/'],
      '/b': ['3.txt'],
      '': ['d/'],
      d: ['4.txt'],
    }
    const listed: string[] = []
    const list = async (folder: string) => {
      listed.push(folder)
      return (folders[folder] ?? []).map(name => ({ name: name.replace('/', ''), isFolder: name.endsWith('/') }))
    }
    expect(await expandPattern('/*/*.txt', list)).toEqual(['/a/1.txt', '/b/3.txt'])
    expect(listed).toEqual(['/', '/a', '/b'])
    expect(await expandPattern('/a/?.txt', list)).toEqual(['/a/1.txt'])
    expect(await expandPattern('*/4.txt', list)).toEqual(['d/4.txt'])
    expect(await expandPattern('/nothing/*', list)).toEqual([])
  })
})

describe('names', () => {
  test.for(['', '.', '..', '/', 'a/b', '../x', 'a\\b', '\\', 'a\0b'])('%j is not safe', name => {
    expect(isSafeName(name, 'linux')).toBe(false)
    expect(isSafeName(name, 'win32')).toBe(false)
  })

  test.for(['a:b', 'x ', 'x.', 'a*', 'a?'])('%j is not safe on Windows', name => {
    expect([isSafeName(name, 'linux'), isSafeName(name, 'win32')]).toEqual([true, false])
  })

  test.for(['a', '...', '.hidden', 'ünï', 'a b'])('%j is safe', name => {
    expect(isSafeName(name, 'linux')).toBe(true)
  })

  test('FTP cannot send line endings', () => {
    expect(['a', 'a\nb', 'a\rb', 'a\0'].map(isSendableName)).toEqual([true, false, false, false])
  })

  test('joins paths', () => {
    const paths = [joinPath('', 'a'), joinPath('a', ''), joinPath('/', 'a'), joinPath('a/', 'b'), joinPath('a', 'b')]
    expect(paths).toEqual(['a', 'a', '/a', 'a/b', 'a/b'])
  })
})

const file = (path: string, size = 1, modified: number | undefined = 1): TreeEntry => ({
  path,
  type: 'file',
  size,
  modified,
})
const folder = (path: string): TreeEntry => ({ path, type: 'directory', size: 0, modified: 1 })
const link = (path: string): TreeEntry => ({ path, type: 'link', size: 0, modified: 1 })

describe('plans', () => {
  const isSame = isSameDownload
  const paths = (entries: readonly TreeEntry[]) => entries.map(({ path }) => path)

  test('creates folders before what is in them, and transfers what differs', () => {
    const plan = planTransfer([file('b/c/d'), folder('b/c'), folder('b'), file('a'), file('e', 2)], [file('a')], {
      isSame,
      deletes: false,
    })
    expect(plan).toMatchObject({ directories: ['b', 'b/c'], unchanged: 1, replaced: [], deletions: [], skipped: [] })
    expect(paths(plan.transfers)).toEqual(['b/c/d', 'e'])
  })

  test('deletes what is only in the target, of a folder the folder itself', () => {
    const target = [file('a'), folder('x'), file('x/y'), file('x-y'), file('b')]
    const plan = planTransfer([file('a')], target, { isSame, deletes: true })
    expect(paths(plan.deletions)).toEqual(['b', 'x', 'x-y'])
    expect(planTransfer([file('a')], target, { isSame, deletes: false }).deletions).toEqual([])
  })

  test('replaces entries of another type only if it may delete', () => {
    const [source, target] = [
      [folder('a'), file('a/b'), file('c')],
      [file('a'), folder('c'), file('c/d')],
    ]
    const replacing = planTransfer(source, target, { isSame, deletes: true })
    expect(paths(replacing.replaced)).toEqual(['a', 'c'])
    expect(replacing).toMatchObject({ directories: ['a'], deletions: [], skipped: [] })
    const careful = planTransfer(source, target, { isSame, deletes: false })
    expect(careful).toMatchObject({ directories: [], transfers: [], skipped: [{ path: 'a' }, { path: 'c' }] })
  })

  test('leaves what it skips as it is, with all below', () => {
    const target = [folder('a'), file('a/b'), file('z')]
    const plan = planTransfer([link('a'), { ...link('p'), type: 'unknown' }], target, { isSame, deletes: true })
    expect(paths(plan.deletions)).toEqual(['z'])
    expect(plan.skipped).toEqual([
      { path: 'a', reason: 'it is a symbolic link' },
      { path: 'p', reason: 'it is neither a file nor a folder' },
    ])
  })

  test('a plan without a target deletes nothing, and one after its execution does nothing', () => {
    const name = fc.constantFrom('a', 'b', 'a/b', 'a/c', 'a/b/c')
    const tree = fc.uniqueArray(name, { maxLength: 4 }).map(names => {
      const parents = new Set(
        names.flatMap(path =>
          path
            .split('/')
            .slice(0, -1)
            .map((_, index, parts) => parts.slice(0, index + 1).join('/')),
        ),
      )
      return [...parents].map(folder).concat(names.filter(path => !parents.has(path)).map(path => file(path)))
    })
    fc.assert(
      fc.property(tree, tree, (source, target) => {
        const { directories, transfers, deletions, replaced } = planTransfer(source, target, { isSame, deletes: true })
        const gone = [...deletions, ...replaced].map(({ path }) => path)
        const result = target
          .filter(({ path }) => !gone.some(other => path === other || path.startsWith(`${other}/`)))
          .filter(({ path }) => !transfers.some(other => other.path === path))
          .concat(directories.map(folder), transfers)
        expect(paths(result).sort()).toEqual(paths(source).sort())
      }),
    )
  })
})

describe('what is the same', () => {
  test.for([
    [file('a', 1, 5), file('a', 1, 5), true],
    [file('a', 1, 5), file('a', 2, 5), false],
    [file('a', 1, 5), file('a', 1, 6), false],
    [{ ...file('a'), modified: undefined }, file('a', 1, 6), true],
  ] as const)('download %#', ([source, target, expected]) => expect(isSameDownload(source, target)).toBe(expected))

  test.for([
    [true, 5, 5, true],
    [true, 5, 6, false],
    [false, 5, 6, true],
    [false, 6, 5, false],
    [true, undefined, 5, true],
    [true, 5, undefined, true],
  ] as const)('upload, times set: %o, source %o, target %o: %o', ([setsTimes, source, target, expected]) => {
    const is = isSameUpload(setsTimes)
    expect(is({ ...file('a'), modified: source }, { ...file('a'), modified: target })).toBe(expected)
    expect(is({ ...file('a', 2), modified: source }, { ...file('a'), modified: target })).toBe(false)
  })

  test('--delete needs --mirror', () => {
    expect(() => checkDelete({ delete: true })).toThrow('--delete works only with --mirror')
    expect(() => checkDelete({ delete: true, mirror: true })).not.toThrow()
  })
})

test('progress counts what is there already as not transferred', () => {
  const events: unknown[] = []
  const counter = new ProgressCounter(
    ({ bytes, overall }) => events.push([bytes, overall.bytes, overall.total]),
    2,
    200,
  )
  const first = counter.startFile('a', 100)
  first.onContinue(40)
  first.onBytes(10)
  // After a broken connection, the bytes are those of this operation.
  first.onContinue(50)
  first.onBytes(50)
  first.finish()
  expect(events).toEqual([
    [50, 10, 160],
    [100, 60, 160],
    [100, 60, 160],
  ])
  new ProgressCounter(undefined, 1, 1).startFile('b', 1).onBytes(1)
})
