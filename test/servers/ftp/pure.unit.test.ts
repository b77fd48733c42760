import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  familyOf,
  formatPort,
  hostsEqual,
  parseEprt,
  parsePort,
} from '../../../servers/ftp/data-connection/addresses.ts'
import {
  FACTS,
  factsFeature,
  formatFacts,
  formatList,
  formatTime,
  parseFacts,
  parseTime,
} from '../../../servers/ftp/files/listing.ts'
import { hasWildcard, matchesWildcard } from '../../../servers/ftp/files/wildcard.ts'
import { ANONYMOUS, canWrite, isAnonymous } from '../../../servers/ftp/session/accounts.ts'
import { LineReader, MAX_LINE_BYTES, parseCommand } from '../../../servers/ftp/session/lines.ts'
import { formatReply, ReplyError, toReplyError } from '../../../servers/ftp/session/replies.ts'
import { type Convert, fromWire, toWire } from '../../../servers/ftp/transfer/ascii.ts'
import type { Entry } from '../../../shared/files/entry.ts'
import { FileError, OutsideTreeError } from '../../../shared/files/file-error.ts'
import { Permissions } from '../../../shared/files/permissions.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('reads lines', () => {
  const whole = (text: string) => new LineReader().push(bytes(text))
  const bytewise = (text: string) => {
    const reader = new LineReader()
    return Array.from(bytes(text), byte => reader.push(Uint8Array.of(byte))).flat()
  }
  const line = (text: string) => ({ kind: 'line', text })
  const invalid = (code: number) => expect.objectContaining({ kind: 'invalid', code })

  test.for([
    ['that end with CRLF', 'NOOP\r\n', [line('NOOP')]],
    ['that end with LF', 'NOOP\n', [line('NOOP')]],
    ['in one chunk', 'NOOP\r\nPWD\r\n', [line('NOOP'), line('PWD')]],
    ['only when they are complete', 'NOOP', []],
    ['except empty ones', '\r\n\n\r\n', []],
    ['with their spaces', ' A  b \r\n', [line(' A  b ')]],
    ['in UTF-8', 'CWD \u00c3\u00bc\r\n', [line('CWD ü')]],
    ['and rejects other encodings', 'CWD \u00c3(\r\n', [invalid(501)]],
    ['and rejects a CR within a line', 'CWD a\rb\r\n', [invalid(501)]],
    ['and rejects NUL', 'CWD a\0b\r\n', [invalid(501)]],
    ['of the maximum length', `${'x'.repeat(MAX_LINE_BYTES - 1)}\r\n`, [line('x'.repeat(MAX_LINE_BYTES - 1))]],
    [
      'and rejects longer ones, but not the next',
      `${'x'.repeat(MAX_LINE_BYTES + 1)}\r\nNOOP\r\n`,
      [invalid(500), line('NOOP')],
    ],
    ['without Telnet commands', '\u00ff\u00f4\u00ff\u00f2ABOR\r\n', [line('ABOR')]],
    ['without an incomplete Telnet command', '\u00ff\u00f4\u00ffABOR\r\n', [line('ABOR')]],
    ['without Telnet options', 'NO\u00ff\u00fb\u0001OP\r\n', [line('NOOP')]],
    ['and ABOR without its LF', 'abor\rNOOP\r\n', [line('abor'), line('NOOP')]],
  ] as const)('%s', ([, text, lines]) => {
    expect(whole(text)).toEqual(lines)
    expect(bytewise(text)).toEqual(lines)
  })

  test('never throws, and the size of the chunks makes no difference', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const reader = new LineReader()
        expect(Array.from(bytes, byte => reader.push(Uint8Array.of(byte))).flat()).toEqual(new LineReader().push(bytes))
      }),
    )
  })

  test.for([
    ['noop', 'NOOP', ''],
    ['RETR  a b ', 'RETR', ' a b '],
    ['CWD ', 'CWD', ''],
  ] as const)('parses the command %s', ([text, verb, argument]) => {
    expect(parseCommand(text)).toEqual({ verb, argument })
  })
})

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

describe('accounts', () => {
  test('an account without folders to write may only read', () => {
    expect([ANONYMOUS, { name: 'ada', read: [], write: ['/files'] }].map(canWrite)).toEqual([false, true])
  })

  test('anonymous and ftp are anonymous, in any case', () => {
    expect(['anonymous', 'Ftp', 'ada'].map(isAnonymous)).toEqual([true, true, false])
  })
})

describe('addresses', () => {
  test.for([
    ['127,0,0,1,156,64', { host: '127.0.0.1', port: 40000 }],
    ['127,0,0,1,256,64', undefined],
    ['127,0,0,1,156', undefined],
    ['', undefined],
  ] as const)('parses PORT %s', ([text, address]) => {
    expect(parsePort(text)).toEqual(address)
  })

  test.for([
    ['|1|127.0.0.1|40000|', { host: '127.0.0.1', port: 40000 }],
    ['!2!::1!40000!', { host: '::1', port: 40000 }],
    ['|3|x|1|', 'unknown family'],
    ['|1|::1|1|', undefined],
    ['|1|999.0.0.1|1|', undefined],
    ['|2|127.0.0.1|1|', undefined],
    ['|2|:::|1|', undefined],
    ['|1|127.0.0.1|70000|', undefined],
    ['|1|127.0.0.1|1', undefined],
    ['', undefined],
  ] as const)('parses EPRT %s', ([text, address]) => {
    expect(parseEprt(text)).toEqual(address)
  })

  test('parses the addresses that it formats', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65535 }), (host, port) => {
        expect(parsePort(formatPort({ host, port }))).toEqual({ host, port })
      }),
    )
  })

  test.for([
    ['127.0.0.1', '::ffff:127.0.0.1', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['fe80::1%eth0', 'FE80::1%eth0', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '', false],
  ] as const)('compares %s and %s', ([one, other, equal]) => {
    expect(hostsEqual(one, other)).toBe(equal)
  })

  test('an IPv4-mapped IPv6 address is IPv4', () => {
    expect([familyOf('::ffff:10.0.0.1'), familyOf('::1')]).toEqual(['1', '2'])
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        parsePort(text)
        parseEprt(text)
        parseEprt(`|2|${text}|1|`)
        hostsEqual(text, '::1')
      }),
    )
  })
})

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

describe('wildcards', () => {
  test.for([
    ['*', 'anything', true],
    ['*', '', true],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a.txt.gz', false],
    ['a*b*c', 'axxbxxc', true],
    ['a*b*c', 'axxbxx', false],
    ['?', 'a', true],
    ['?', '', false],
    ['a?c', 'abc', true],
    ['abc', 'abd', false],
    ['a**', 'a', true],
  ] as const)('%s matches %j: %s', ([pattern, name, matches]) => {
    expect(matchesWildcard(pattern, name)).toBe(matches)
  })

  test('many stars do not cause exponential backtracking', () => {
    expect(matchesWildcard(`${'*a'.repeat(1000)}b`, 'a'.repeat(4000))).toBe(false)
  })

  test('only * and ? are wildcards', () => {
    expect(['a*', 'a?', '[a]'].map(hasWildcard)).toEqual([true, true, false])
  })
})

describe('ASCII type', () => {
  const bytewise = (convert: Convert, text: string) =>
    Buffer.concat(Array.from(bytes(text), byte => convert(Uint8Array.of(byte)))).toString('latin1')

  test.for([
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\r\nb', 'a\r\nb'],
    ['\n\n', '\r\n\r\n'],
    ['\r', '\r'],
  ] as const)('sends %o as %o', ([disk, wire]) => {
    expect(Buffer.from(toWire()(bytes(disk))).toString('latin1')).toBe(wire)
    expect(bytewise(toWire(), disk)).toBe(wire)
  })

  test.for([
    ['a\r\nb\r\n', 'a\nb\n'],
    ['a\rb', 'a\rb'],
    ['\r\r\n', '\r\n'],
    ['a\n', 'a\n'],
    ['a\r', 'a\r'],
  ] as const)('stores %o as %o', ([wire, disk]) => {
    const [whole, split] = [fromWire(), fromWire()]
    expect(Buffer.concat([whole.convert(bytes(wire)), whole.end()]).toString('latin1')).toBe(disk)
    expect(bytewise(split.convert, wire) + Buffer.from(split.end()).toString('latin1')).toBe(disk)
  })

  test('text with LF does not change in a round trip', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const plain = Buffer.from(text.replaceAll('\r', ''))
        const { convert, end } = fromWire()
        expect(Buffer.concat([convert(toWire()(plain)), end()])).toEqual(plain)
      }),
    )
  })
})

describe('permissions', () => {
  const permissions = new Permissions({ read: ['/a', '/b/c'], write: ['/a/w', '/drop'] })

  test.for([
    ['/', 'enter list'],
    ['/a', 'enter list read'],
    ['/a/w', 'enter list read write'],
    ['/a/w/x', 'enter list read write'],
    ['/a/wx', 'enter list read'],
    ['/ab', ''],
    ['/b', 'enter list'],
    ['/b/c/d', 'enter list read'],
    ['/b/x', ''],
    ['/drop', 'enter write'],
    ['/drop/x', 'enter write'],
  ] as const)('of %s are: %s', ([path, actions]) => {
    const allowed = (['enter', 'list', 'read', 'write'] as const).filter(action => permissions.allow(action, path))
    expect(allowed.join(' ')).toBe(actions)
  })

  test.for([
    ['/drop/x', '/drop/y', true],
    ['/a/w/x', '/drop/y', true],
    ['/drop/x', '/a/w/y', false],
    ['/drop', '/b', false],
  ] as const)('a move of %s to %s is allowed: %s', ([from, to, allowed]) => {
    expect(permissions.allowMove(from, to)).toBe(allowed)
  })
})
