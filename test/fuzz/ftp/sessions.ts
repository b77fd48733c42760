/** Generates sessions of FTP: valid and mutated commands, data connections in both modes, and ends of every kind. Pure. */
import fc from 'fast-check'
import { LINKS } from './links.ts'

/** What a client does with the data connection of a transfer. */
export interface DataStep {
  readonly kind: 'data'
  readonly mode: 'EPSV' | 'PASV' | 'EPRT' | 'PORT'
  /** The command of the transfer, without its line end. */
  readonly command: Buffer
  /** What the client sends. */
  readonly bytes: number
  readonly ending: 'end' | 'reset' | 'never open' | 'stop reading'
  /** Sent after the command of the transfer: ABOR as urgent data, or another command. */
  readonly meanwhile: Buffer | undefined
}

export interface CommandStep {
  readonly kind: 'command'
  readonly bytes: Buffer
}

export interface FuzzSession {
  readonly login: 'alice' | 'anonymous' | 'none'
  readonly tls: boolean
  readonly steps: readonly (CommandStep | DataStep)[]
  readonly ending: 'end' | 'reset' | 'QUIT' | 'ABOR and QUIT'
}

const NAMES = [
  ...LINKS,
  'files/hello.txt',
  'files',
  'large',
  'empty',
  'link',
  'deep/er',
  'new',
  'new folder/x',
  '.',
  '..',
  '/',
  '',
  '../outside/canary.txt',
  '/../../outside',
  'deep/up/../outside',
  '/etc/passwd',
  '....//....//outside',
  '%2e%2e/outside',
  '..\\outside\\canary.txt',
  'nul\0/../outside',
  'ü/"q"',
  '-la',
  '*',
  '[!a]*',
  ' leading',
  'trailing ',
  'x'.repeat(255),
  'd/'.repeat(1000),
  '~',
  '.fourwire-upload',
]

const WITH_NAME = ['CWD', 'XCWD', 'DELE', 'RMD', 'MKD', 'RNFR', 'RNTO', 'SIZE', 'MDTM', 'MLST', 'STAT', 'HASH', 'ALLO']
const COMMANDS = [
  'PWD',
  'CDUP',
  'NOOP',
  'SYST',
  'FEAT',
  'HELP',
  'HELP SITE',
  'STAT',
  'TYPE I',
  'TYPE A',
  'TYPE A N',
  'TYPE L 8',
  'TYPE E',
  'MODE S',
  'MODE B',
  'STRU F',
  'REST 0',
  'REST 5',
  'REST 99999999999999999999',
  'REST -1',
  'OPTS UTF8 ON',
  'OPTS MLST type;size;',
  'OPTS HASH CRC32',
  'OPTS HASH SHA-256',
  'MFMT 20200101000000 files/hello.txt',
  'MFMT 20200101000000 outfile',
  'SITE HELP',
  'SITE CHMOD 777 outfile',
  'SITE CHMOD 600 files/hello.txt',
  'SITE UTIME 20200101000000 out/canary.txt',
  'HOST fourwire.test',
  'CLNT fuzz',
  'ACCT x',
  'REIN',
  'EPSV ALL',
  'EPSV',
  'EPSV 2',
  'PASV',
  'PORT 127,0,0,1,0,25',
  'EPRT |1|127.0.0.1|9|',
  'EPRT |2|::1|50000|',
  'ABOR',
  '\xff\xf4\xff\xf2ABOR',
  'NO\xff\xfb\x01OP',
  'AUTH TLS',
  'AUTH SSL',
  'PBSZ 0',
  'PROT P',
  'PROT C',
  'CCC',
  'USER eve',
  'USER alice',
  'PASS wrong',
  'USER anonymous',
  'PASS x@example.org',
  'QUIT',
  'STOU',
  'XYZZY',
  'x'.repeat(5000),
]

const TRANSFERS = ['RETR', 'RETR', 'STOR', 'STOR', 'APPE', 'LIST', 'NLST', 'MLSD', 'STOU']

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const name = fc.constantFrom(...NAMES)
const command = fc.oneof(
  fc.constantFrom(...COMMANDS).map(latin1),
  fc.tuple(fc.constantFrom(...WITH_NAME), name).map(([verb, argument]) => Buffer.from(`${verb} ${argument}`)),
)
const line = command.map(bytes => Buffer.concat([bytes, latin1('\r\n')]))
const mutation = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.uint8Array({ minLength: 1, maxLength: 4 }))
/** Some bytes are replaced, inserted or removed, sometimes the line end. */
const mutated = fc.tuple(line, fc.array(mutation, { minLength: 1, maxLength: 3 })).map(([original, mutations]) =>
  mutations.reduce((bytes, [at, removed, added]) => {
    const position = at % (bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, position), added, bytes.subarray(position + removed)])
  }, original),
)
const noise = fc.uint8Array({ maxLength: 100 }).map(bytes => Buffer.from(bytes))

const commandStep = fc
  .oneof({ weight: 6, arbitrary: line }, { weight: 3, arbitrary: mutated }, { weight: 1, arbitrary: noise })
  .map((bytes): CommandStep => ({ kind: 'command', bytes }))

const dataStep = fc
  .record({
    mode: fc.constantFrom('EPSV', 'EPSV', 'PASV', 'EPRT', 'PORT'),
    command: fc
      .tuple(fc.constantFrom(...TRANSFERS), name)
      .map(([verb, argument]) => Buffer.from(`${verb} ${argument}`)),
    bytes: fc.constantFrom(0, 1, 1000, 70_000, 200_000),
    ending: fc.constantFrom('end', 'end', 'end', 'reset', 'never open', 'stop reading'),
    meanwhile: fc.option(fc.oneof(fc.constant(latin1('\xff\xf4\xff\xf2ABOR\r\n')), line), { nil: undefined }),
  })
  .map((step): DataStep => ({ kind: 'data', ...step }) as DataStep)

export const session: fc.Arbitrary<FuzzSession> = fc.record({
  login: fc.constantFrom('alice', 'alice', 'anonymous', 'none'),
  tls: fc.nat({ max: 9 }).map(each => each === 0),
  steps: fc.array(fc.oneof({ weight: 3, arbitrary: commandStep }, { weight: 1, arbitrary: dataStep }), {
    minLength: 1,
    maxLength: 12,
  }),
  ending: fc.constantFrom('end', 'reset', 'QUIT', 'ABOR and QUIT'),
})
