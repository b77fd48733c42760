/** Patterns, plans, names, and how results are shown. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeFiles, filesError } from '../../../clients/ftp/commands/format-files.ts'
import { listingLines } from '../../../clients/ftp/commands/format-listing.ts'
import { treeLines } from '../../../clients/ftp/commands/format-tree.ts'
import { checkDelete } from '../../../clients/ftp/operations/files-request.ts'
import type { FtpFilesResult } from '../../../clients/ftp/operations/files-result.ts'
import { factsLine, toEntry } from '../../../clients/ftp/session/entry.ts'
import { missingFacts, parseFeatures } from '../../../clients/ftp/session/features.ts'
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

describe('features', () => {
  test('parses FEAT', () => {
    const message = '211-Features:\n MLST type*;size;Modify*;x.y;\n UTF8\n\tREST STREAM\n211 End'
    const features = parseFeatures({ code: 211, message })
    expect([...features]).toEqual([
      ['MLST', 'type*;size;Modify*;x.y;'],
      ['UTF8', ''],
      ['REST', 'STREAM'],
    ])
    expect(missingFacts(features)).toBe('type;size;Modify;')
    expect(parseFeatures({ code: 500, message: '500 no' }).size).toBe(0)
    expect(parseFeatures({ code: 211, message: '211-\n \n211 End' }).get('')).toBe('')
  })

  test('requests no facts that the server sends, or does not have', () => {
    expect(missingFacts(new Map([['MLST', 'type*;size*;x.y;']]))).toBeUndefined()
    expect(missingFacts(new Map())).toBeUndefined()
  })
})

describe('entries', () => {
  const info = { name: 'a', type: 1, size: 2, rawModifiedAt: '' }

  test('converts what the server has sent, and nothing else', () => {
    const convert = (fields: object) => toEntry({ ...info, ...fields } as Parameters<typeof toEntry>[0])
    expect(convert({})).toEqual({ name: 'a', type: 'file', size: 2 })
    expect(convert({ type: 9, rawModifiedAt: 'Nov 2' })).toEqual({
      name: 'a',
      type: 'unknown',
      size: 2,
      shownTime: 'Nov 2',
    })
    const all = {
      modifiedAt: new Date(0),
      permissions: { user: 7, group: 5, world: 1 },
      user: 'u',
      group: 'g',
      link: 'l',
    }
    expect(convert(all)).toMatchObject({ modified: '1970-01-01T00:00:00.000Z', mode: 0o751, owner: 'u', target: 'l' })
  })

  test.for([
    ['250-Facts\n type=file;size=1; /a/b\n250 End', 'type=file;size=1; b'],
    ['250-Facts\n Type=cdir; /\n250 End', 'Type=dir; b'],
    ['250-Facts\n size=1;type=pdir; /\n250 End', 'size=1;type=dir; b'],
    ['250 nothing', undefined],
  ] as const)('the facts of %j', ([message, line]) => expect(factsLine(message, 'b')).toBe(line))
})

describe('listings', () => {
  const entries = [
    { name: 'a\u001b[31m', type: 'file', size: 12345, modified: '2020-01-02T03:04:05.000Z', mode: 0o644, owner: 'me' },
    { name: 'dir', type: 'directory', size: 0, shownTime: 'Nov 2 2020', mode: 0o755, owner: 'longer', group: 'g' },
    { name: 'link', type: 'link', size: 1, target: 'else\u0007' },
    { name: 'x', type: 'unknown', size: 1 },
  ] as const

  test('are aligned, and control characters do not reach the terminal', () => {
    expect(listingLines(entries, false)).toEqual([
      '       12345  2020-01-02 03:04  a?[31m',
      '           -  Nov 2 2020        dir/',
      '           1                    link',
      '           1                    x',
    ])
    expect(listingLines(entries, true)).toEqual([
      '-rw-r--r--  me      -  12345  2020-01-02 03:04  a?[31m',
      'drwxr-xr-x  longer  g      -  Nov 2 2020        dir/',
      'l?????????  -       -      1                    link -> else?',
      '??????????  -       -      1                    x',
    ])
    expect(listingLines([], true)).toEqual([])
  })

  test('a tree without entries, and with one', () => {
    expect(treeLines('.', [])).toEqual(['.', '', '0 directories, 0 files'])
    expect(treeLines('r', [{ path: 'a', type: 'file', size: 1 }])).toEqual(['r', '└── a', '', '0 directories, 1 file'])
  })
})

describe('results', () => {
  const result: FtpFilesResult = {
    server: { host: 'h', port: 1 },
    dryRun: false,
    actions: [],
    files: 0,
    bytes: 0,
    unchanged: 0,
    skipped: [],
    failed: [],
  }
  const upload = { action: 'upload', path: 'a\u0007', size: 1024 } as const

  test('one file is one line', () => {
    expect(describeFiles({ ...result, actions: [upload], files: 1, bytes: 1024 })).toBe('a?: 1.0 KiB')
  })

  test('many are a summary', () => {
    const actions = [upload, { action: 'create', path: 'd' }, { action: 'delete', path: 'x' }] as const
    const failed = [{ path: 'f', code: 550, text: 'no' }]
    const skipped = [{ path: 'l', reason: 'it is a symbolic link' }]
    expect(describeFiles({ ...result, actions, files: 1, bytes: 1024, unchanged: 2, failed, skipped })).toBe(
      'skipped  l: it is a symbolic link\n1 file (1.0 KiB) uploaded, 1 folder created, 2 unchanged, 1 deleted, 1 failed',
    )
    expect(describeFiles(result)).toBe('0 files (0 B) transferred')
  })

  test('a dry run prints the actions', () => {
    const actions = [
      { action: 'download', path: 'a', size: 10 },
      { action: 'delete', path: 'x' },
    ] as const
    expect(describeFiles({ ...result, dryRun: true, actions })).toBe(
      'download  a  10 B\ndelete    x\nwould be done: 1 file (10 B) downloaded, 1 deleted',
    )
  })

  test('a single failure is the error itself, and several are quoted up to a bound', () => {
    const failure = { path: 'f', code: 550, text: 'no such file' }
    expect(filesError(result)).toBeUndefined()
    expect(filesError({ ...result, failed: [failure] })?.message).toBe('550 no such file')
    expect(filesError({ ...result, failed: [failure], actions: [upload] })).toMatchObject({
      code: 550,
      message: '1 of 2 actions failed: f: 550 no such file',
    })
    const local = { path: 'l', code: 'local', text: 'cannot read l: permission denied' }
    const many = [local, ...Array.from({ length: 6 }, () => failure)]
    expect(filesError({ ...result, failed: many })?.message).toMatch(
      /^7 of 7 actions failed: cannot read l: permission denied; (?:f: 550 no such file; ){4}and 2 more$/,
    )
  })
})
