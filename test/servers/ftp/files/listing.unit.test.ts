import { describe, expect, test } from 'vitest'
import {
  FACTS,
  factsFeature,
  formatFacts,
  formatList,
  formatTime,
  parseFacts,
  parseTime,
} from '../../../../servers/ftp/files/listing.ts'
import type { Entry } from '../../../../shared/files/entry.ts'

describe('listings', () => {
  const now = new Date('2026-11-22T17:00:00Z')
  const file: Entry = {
    name: 'a b',
    kind: 'file',
    size: 21,
    modified: new Date('2026-11-02T03:04:05.678Z'),
    mode: 0o644,
    unique: '1g2',
    paths: ['/a b'],
  }
  const folder: Entry = { ...file, name: 'd', kind: 'directory', mode: 0o40755 }

  test.for([
    [file, '-rw-r--r--   1 ftp      ftp            21 Nov  2 03:04 a b'],
    [folder, 'drwxr-xr-x   1 ftp      ftp            21 Nov  2 03:04 d'],
    [
      { ...file, modified: new Date('2025-01-31T00:00:00Z') },
      '-rw-r--r--   1 ftp      ftp            21 Jan 31  2025 a b',
    ],
    [
      { ...file, modified: new Date('2027-01-31T00:00:00Z') },
      '-rw-r--r--   1 ftp      ftp            21 Jan 31  2027 a b',
    ],
  ] as const)('formats %o for LIST', ([entry, line]) => {
    expect(formatList(entry, now)).toBe(line)
  })

  const all = { read: true, list: true, write: true, delete: true }
  const none = { read: false, list: false, write: false, delete: false }
  const read = { ...all, write: false, delete: false }

  test.for([
    [file, all, 'type=file;size=21;modify=20261102030405;perm=adfrw;unique=1g2;unix.mode=0644; a b'],
    [file, read, 'type=file;size=21;modify=20261102030405;perm=r;unique=1g2;unix.mode=0644; a b'],
    [folder, all, 'type=dir;modify=20261102030405;perm=cdeflmp;unique=1g2;unix.mode=0755; d'],
    [folder, read, 'type=dir;modify=20261102030405;perm=el;unique=1g2;unix.mode=0755; d'],
    [{ ...folder, name: '/' }, all, 'type=dir;modify=20261102030405;perm=celmp;unique=1g2;unix.mode=0755; /'],
  ] as const)('formats the facts of %o', ([entry, rights, line]) => {
    expect(formatFacts(entry, FACTS, rights)).toBe(line)
  })

  test.for([
    [file, all, 'adfrw'],
    [file, read, 'r'],
    [file, { ...none, write: true, delete: true }, 'adfw'],
    [file, { ...none, write: true }, 'aw'],
    [file, { ...read, delete: true }, 'dfr'],
    [file, none, ''],
    [folder, { ...none, write: true, delete: true }, 'cdefmp'],
    [folder, { ...all, delete: false }, 'celm'],
    [folder, { ...read, delete: true }, 'deflp'],
    [folder, { ...none, list: true }, 'el'],
    [folder, none, 'e'],
    [{ ...folder, name: '/' }, { ...read, delete: true }, 'elp'],
    [{ ...folder, name: '/' }, read, 'el'],
  ] as const)('formats the permissions of %o for %o', ([entry, rights, perm]) => {
    expect(formatFacts(entry, ['perm'], rights)).toBe(`perm=${perm}; ${entry.name}`)
  })

  test('formats selected facts, or none', () => {
    expect(formatFacts(file, parseFacts('Size;nonsense;TYPE'), all)).toBe('type=file;size=21; a b')
    expect(formatFacts(file, parseFacts(''), all)).toBe(' a b')
  })

  test('marks the selected facts in the line of FEAT', () => {
    expect(factsFeature(FACTS)).toBe('MLST type*;size*;modify*;perm*;unique*;unix.mode*;')
    expect(factsFeature(parseFacts('size;'))).toBe('MLST type;size*;modify;perm;unique;unix.mode;')
  })

  test('formats a time as fourteen digits', () => {
    expect(formatTime(now)).toBe('20261122170000')
  })

  test.for([
    ['20261122170000', '2026-11-22T17:00:00.000Z'],
    ['20261122170000.123', '2026-11-22T17:00:00.000Z'],
    ['20240229235959', '2024-02-29T23:59:59.000Z'],
    ['20161231235960', '2017-01-01T00:00:00.000Z'],
    ['20230229000000', undefined],
    ['20261322170000', undefined],
    ['20261122240000', undefined],
    ['20261122176000', undefined],
    ['20261122170061', undefined],
    ['2026112217000', undefined],
    ['20261122170000.', undefined],
    ['2026-11-22', undefined],
    ['', undefined],
  ])('parses the time %j', ([text, expected]) => {
    expect(parseTime(text ?? '')?.toISOString()).toBe(expected)
  })
})
