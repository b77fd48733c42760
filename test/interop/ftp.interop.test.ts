/** FTP clients of other projects against the server: a table of what people do with them. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder } from '../helpers/cli.ts'
import { suiteFor } from '../helpers/suite.ts'
import { expectSuccess, type Run, runIn, type Row as ToolRow } from './ftp-programs.ts'
import { requireTool } from './tools.ts'

interface Setup {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly port: string
  /** The served folder. */
  readonly www: string
  /** The working folder of the program, which is empty. */
  readonly cwd: string
  readonly run: Run
}

type Row = ToolRow<Setup>

const BINARY = randomBytes(300_000)

const readText = (...parts: string[]) => readFile(path.join(...parts), 'utf8')

const CURL: readonly Row[] = [
  {
    title: 'downloads a file',
    tool: 'curl',
    check: async ({ run, address }) => {
      expect(await expectSuccess(run(['-sS', `ftp://${address}/files/hello.txt`]))).toBe('Hello from Fourwire.\n')
    },
  },
  {
    title: 'lists a directory, in full and only names',
    tool: 'curl',
    check: async ({ run, address }) => {
      expect(await expectSuccess(run(['-sS', `ftp://${address}/files/`]))).toMatch(
        /^-rw-.* 21 .* hello\.txt\r?\n.*numbers\.txt\r?\n$/,
      )
      expect(await expectSuccess(run(['-sSl', `ftp://${address}/files/`]))).toMatch(
        /^hello\.txt\r?\nnumbers\.txt\r?\n$/,
      )
    },
  },
  {
    title: 'uploads a file and downloads it unchanged',
    tool: 'curl',
    check: async ({ run, address, cwd, www }) => {
      await writeFile(path.join(cwd, 'up'), BINARY)
      await expectSuccess(run(['-sS', '-T', 'up', `ftp://alice:wonderland@${address}/files/up`]))
      expect((await readFile(path.join(www, 'files/up'))).equals(BINARY)).toBe(true)
      await expectSuccess(run(['-sS', '-o', 'down', `ftp://${address}/files/up`]))
      expect((await readFile(path.join(cwd, 'down'))).equals(BINARY)).toBe(true)
    },
  },
  {
    title: 'resumes a download, and downloads a range',
    tool: 'curl',
    check: async ({ run, address, cwd }) => {
      await writeFile(path.join(cwd, 'part'), 'Hello from ')
      await expectSuccess(run(['-sS', '-C', '-', '-o', 'part', `ftp://${address}/files/hello.txt`]))
      expect(await readText(cwd, 'part')).toBe('Hello from Fourwire.\n')
      expect(await expectSuccess(run(['-sS', '-r', '6-9', `ftp://${address}/files/hello.txt`]))).toBe('from')
    },
  },
  {
    title: 'resumes an upload, and appends',
    tool: 'curl',
    check: async ({ run, address, cwd, www }) => {
      await writeFile(path.join(www, 'x'), 'half')
      await writeFile(path.join(cwd, 'x'), 'half and half')
      await expectSuccess(run(['-sS', '-C', '-', '-T', 'x', `ftp://alice:wonderland@${address}/x`]))
      expect(await readText(www, 'x')).toBe('half and half')
      await expectSuccess(run(['-sS', '-a', '-T', 'x', `ftp://alice:wonderland@${address}/x`]))
      expect(await readText(www, 'x')).toBe('half and halfhalf and half')
    },
  },
  {
    title: 'creates the directories of an upload',
    tool: 'curl',
    check: async ({ run, address, cwd, www }) => {
      await writeFile(path.join(cwd, 'x'), 'deep')
      await expectSuccess(run(['-sS', '--ftp-create-dirs', '-T', 'x', `ftp://alice:wonderland@${address}/a/b%20c/x`]))
      expect(await readText(www, 'a/b c/x')).toBe('deep')
    },
  },
  ...(['--disable-epsv', '--ftp-pasv', '--ftp-skip-pasv-ip'] as const).map(flag => ({
    title: `downloads in passive mode, with ${flag}`,
    tool: 'curl' as const,
    check: async ({ run, address }: Setup) => {
      expect(await expectSuccess(run(['-sS', flag, `ftp://${address}/files/hello.txt`]))).toBe('Hello from Fourwire.\n')
    },
  })),
  // `-` is the address of the control connection.
  ...(
    [
      ['EPRT', '127.0.0.1'],
      ['EPRT', '-'],
      ['PORT', '-', '--disable-eprt'],
    ] as const
  ).map(([name, host, ...flags]) => ({
    title: `downloads in active mode, with ${name} and -P ${host}`,
    tool: 'curl' as const,
    check: async ({ run, address }: Setup) => {
      const args = ['-sS', '-P', host, ...flags, `ftp://${address}/files/hello.txt`]
      expect(await expectSuccess(run(args))).toBe('Hello from Fourwire.\n')
    },
  })),
  {
    title: 'sends commands, and reports negative replies',
    tool: 'curl',
    check: async ({ run, address, www }) => {
      const quotes = ['-Q', 'MKD q', '-Q', 'RNFR files/hello.txt', '-Q', 'RNTO q/hi.txt', '-Q', '*DELE nothing']
      await expectSuccess(run(['-sS', ...quotes, `ftp://alice:wonderland@${address}/`]))
      expect(await readdir(path.join(www, 'q'))).toEqual(['hi.txt'])
      const rejected = await run(['-sS', '-T', '-', `ftp://${address}/x`], 'x')
      expect(rejected.code).toBe(25)
      const failedLogin = await run(['-sS', `ftp://alice:wrong@${address}/`])
      expect(failedLogin.code).toBe(67)
    },
  },
  {
    title: 'downloads text in ASCII type, and requests the size of a file',
    tool: 'curl',
    check: async ({ run, address }) => {
      expect(await expectSuccess(run(['-sS', `ftp://${address}/files/hello.txt;type=a`]))).toMatch(
        /^Hello from Fourwire\.\r?\n$/,
      )
      expect(await expectSuccess(run(['-sS', '-I', `ftp://${address}/files/hello.txt`]))).toContain(
        'Content-Length: 21',
      )
    },
  },
]

const LFTP: readonly Row[] = [
  {
    title: 'mirrors a directory tree to the client',
    tool: 'lftp',
    check: async ({ run, port, cwd, www }) => {
      await mkdir(path.join(www, 'files/deep/er'), { recursive: true })
      await writeFile(path.join(www, 'files/deep/er/ünï "q".bin'), BINARY)
      await expectSuccess(run(['-c', `${LFTP_SETTINGS} open -p ${port} 127.0.0.1; mirror files copy`]))
      expect(await readdir(path.join(cwd, 'copy'), { recursive: true })).toEqual(
        expect.arrayContaining(['hello.txt', 'numbers.txt', 'deep', 'deep/er', 'deep/er/ünï "q".bin']),
      )
      expect((await readFile(path.join(cwd, 'copy/deep/er/ünï "q".bin'))).equals(BINARY)).toBe(true)
    },
  },
  {
    title: 'mirrors a directory tree to the server, and removes files that no longer exist',
    tool: 'lftp',
    check: async ({ run, port, cwd, www }) => {
      await mkdir(path.join(cwd, 'tree/sub dir'), { recursive: true })
      await writeFile(path.join(cwd, 'tree/sub dir/a'), 'a')
      await writeFile(path.join(cwd, 'tree/b'), BINARY)
      const open = `${LFTP_SETTINGS} open -u alice,wonderland -p ${port} 127.0.0.1;`
      await expectSuccess(run(['-c', `${open} mirror -R tree up`]))
      expect(await readText(www, 'up/sub dir/a')).toBe('a')
      expect((await readFile(path.join(www, 'up/b'))).equals(BINARY)).toBe(true)
      await mkdir(path.join(cwd, 'empty'))
      await expectSuccess(run(['-c', `${open} mirror -R --delete empty up`]))
      expect(await readdir(path.join(www, 'up'))).toEqual([])
    },
  },
  {
    title: 'lists, renames and removes',
    tool: 'lftp',
    check: async ({ run, port, www }) => {
      const script =
        'cls -1 files; mv files/hello.txt files/hi.txt; rm files/numbers.txt; mkdir -p x/y; rmdir x/y; ls x'
      const stdout = await expectSuccess(
        run(['-c', `${LFTP_SETTINGS} open -u alice,wonderland -p ${port} 127.0.0.1; ${script}`]),
      )
      expect(stdout).toBe('files/hello.txt\nfiles/numbers.txt\n')
      expect(await readdir(path.join(www, 'files'))).toEqual(['hi.txt'])
      expect(await readdir(path.join(www, 'x'))).toEqual([])
    },
  },
  ...(['MFMT', 'SITE UTIME'] as const).map(command => ({
    title: `keeps times with ${command}, and sets modes`,
    tool: 'lftp' as const,
    check: async ({ run, port, cwd, www }: Setup) => {
      await mkdir(path.join(cwd, 'tree'))
      await writeFile(path.join(cwd, 'tree/a b'), 'a')
      const time = new Date('2020-01-02T03:04:05Z')
      await utimes(path.join(cwd, 'tree/a b'), time, time)
      const open = `${LFTP_SETTINGS} open -u alice,wonderland -p ${port} 127.0.0.1;`
      const settings = command === 'MFMT' ? '' : 'set ftp:use-feat no;'
      await expectSuccess(run(['-c', `${settings} ${open} mirror -R tree up; chmod 640 "up/a b"`]))
      const { mtime, mode } = await stat(path.join(www, 'up/a b'))
      expect([mtime, mode & 0o777]).toEqual([time, 0o640])
    },
  })),
]

/** Prevents TLS, long waits and retries. */
const LFTP_SETTINGS = 'set ftp:ssl-allow no; set net:max-retries 1; set net:timeout 5; set cmd:fail-exit yes;'

const TNFTP: readonly Row[] = [
  {
    title: 'runs a script: uploads, downloads, wildcards, rename, delete',
    tool: 'tnftp',
    check: async ({ run, port, cwd, www }) => {
      await writeFile(path.join(cwd, 'up.bin'), BINARY)
      const script = [
        `open 127.0.0.1 ${port}`,
        'user alice wonderland',
        'prompt off',
        'binary',
        'put up.bin',
        'mkdir d',
        'cd files',
        'mget *.txt',
        'rename hello.txt ../d/hi.txt',
        'delete numbers.txt',
        'pwd',
        'cdup',
        'size up.bin',
        'get up.bin down.bin',
        'reget up.bin',
        'ls d',
        'bye',
      ]
      const stdout = await expectSuccess(run(['-n', '-v'], `${script.join('\n')}\n`))
      expect(stdout).toContain('hi.txt')
      expect((await readFile(path.join(www, 'up.bin'))).equals(BINARY)).toBe(true)
      expect((await readFile(path.join(cwd, 'down.bin'))).equals(BINARY)).toBe(true)
      expect(await readText(cwd, 'hello.txt')).toBe('Hello from Fourwire.\n')
      expect(await readText(www, 'd/hi.txt')).toBe('Hello from Fourwire.\n')
      expect(await readdir(path.join(www, 'files'))).toEqual([])
    },
  },
  {
    title: 'downloads a URL, in passive and in active mode',
    tool: 'tnftp',
    check: async ({ run, address, cwd }) => {
      await expectSuccess(run(['-p', '-o', 'one', `ftp://${address}/files/hello.txt`]))
      await expectSuccess(run(['-A', '-o', 'two', `ftp://${address}/files/hello.txt`]))
      expect([await readText(cwd, 'one'), await readText(cwd, 'two')]).toEqual(Array(2).fill('Hello from Fourwire.\n'))
    },
  },
]

const FTPLIB = `
import ftplib, io, sys
ftp = ftplib.FTP()
ftp.connect('127.0.0.1', int(sys.argv[1]), timeout=10)
assert ftp.getwelcome() == '220 Fourwire FTP server ready'
assert ftp.login('alice', 'wonderland').startswith('230')
`

const python = (title: string, script: string): Row => ({
  title,
  tool: 'python3',
  check: async ({ run, port }) => {
    expect(await expectSuccess(run(['-c', `${FTPLIB}${script}\nprint(ftp.quit())`, port]))).toBe('221 Goodbye\n')
  },
})

const PYTHON: readonly Row[] = [
  python(
    'ftplib: binary transfers in both directions, size, rename and delete',
    `
content = bytes(range(256)) * 1000
assert ftp.storbinary('STOR a b.bin', io.BytesIO(content)) == '226 Transfer complete'
assert ftp.size('a b.bin') == len(content)
got = []
ftp.retrbinary('RETR a b.bin', got.append)
assert b''.join(got) == content
got = []
ftp.retrbinary('RETR a b.bin', got.append, rest=255999)
assert b''.join(got) == b'\\xff'
ftp.rename('a b.bin', 'ü.bin')
assert ftp.nlst() == ['files', 'index.html', 'ü.bin']
ftp.delete('ü.bin')
try: ftp.delete('ü.bin'); assert False
except ftplib.error_perm as error: assert str(error) == '550 No such file or directory'
`,
  ),
  python(
    'ftplib: text transfers in both directions',
    `
ftp.storlines('STOR text', io.BytesIO(b'one\\ntwo\\n'))
lines = []
ftp.retrlines('RETR text', lines.append)
assert lines == ['one', 'two']
assert ftp.size('text') == 8
`,
  ),
  python(
    'ftplib: directories and all kinds of listings',
    `
assert ftp.mkd('d "q"') == '/d "q"'
assert ftp.cwd('d "q"').startswith('250')
assert ftp.pwd() == '/d "q"'
assert ftp.nlst() == []
ftp.cwd('..')
ftp.rmd('d "q"')
facts = dict(ftp.mlsd('files', facts=['type', 'size']))
assert facts['hello.txt'] == {'type': 'file', 'size': '21'}, facts
assert ftp.nlst('files') == ['files/hello.txt', 'files/numbers.txt']
lines = []
ftp.dir('files', lines.append)
assert len(lines) == 2 and lines[0].startswith('-rw-r--r--') and lines[0].endswith(' hello.txt')
`,
  ),
  python(
    'ftplib: ABOR as urgent data during a transfer',
    `
with ftp.transfercmd('STOR half') as data:
    data.sendall(b'half')
    answer = ftp.abort()
assert answer.startswith('426'), answer
assert ftp.getmultiline().startswith('226')
assert ftp.nlst() == ['files', 'index.html']
`,
  ),
  python(
    'ftplib: active mode',
    `
ftp.set_pasv(False)
got = []
ftp.retrbinary('RETR files/hello.txt', got.append)
assert got == [b'Hello from Fourwire.\\n']
`,
  ),
]

const WGET: readonly Row[] = [
  {
    title: 'downloads a directory tree',
    tool: 'wget',
    check: async ({ run, address, cwd }) => {
      await expectSuccess(run(['-q', '-r', '-nH', `ftp://${address}/files/`]))
      expect((await readdir(path.join(cwd, 'files'))).sort()).toEqual(['hello.txt', 'numbers.txt'])
    },
  },
  {
    title: 'resumes a download',
    tool: 'wget',
    check: async ({ run, address, cwd }) => {
      await writeFile(path.join(cwd, 'hello.txt'), 'Hello from ')
      await expectSuccess(run(['-q', '-c', `ftp://${address}/files/hello.txt`]))
      expect(await readText(cwd, 'hello.txt')).toBe('Hello from Fourwire.\n')
    },
  },
]

describe.for([
  ['curl', CURL],
  ['lftp', LFTP],
  ['tnftp', TNFTP],
  ['Python', PYTHON],
  ['wget', WGET],
] as const)('%s', ([, rows]) => {
  test.for(rows.map(row => [row.title, row] as const))('%s', async ([, { tool, check }], context) => {
    requireTool(tool, context)
    const suite = await suiteFor({ services: ['ftp'] })
    const cwd = await emptyFolder()
    const port = String(suite.ftp.port)
    const www = path.join(suite.dataFolder, 'www')
    await check({
      address: `127.0.0.1:${port}`,
      port,
      www,
      cwd,
      run: runIn(cwd, tool),
    })
  })
})
