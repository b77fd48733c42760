/** What servers send of files, and how results are shown. */
import { describe, expect, test } from 'vitest'
import { describeFiles, filesError } from '../../../clients/ftp/commands/format-files.ts'
import { listingLines } from '../../../clients/ftp/commands/format-listing.ts'
import { treeLines } from '../../../clients/ftp/commands/format-tree.ts'
import type { FtpFilesResult } from '../../../clients/ftp/operations/files-result.ts'
import { factsLine, toEntry } from '../../../clients/ftp/session/entry.ts'
import { missingFacts, parseFeatures } from '../../../clients/ftp/session/features.ts'

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
