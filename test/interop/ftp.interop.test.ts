/** Real FTP programs against the running server: one table, every row a thing that people do with them. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder } from '../helpers/cli.ts'
import { suiteFor } from '../helpers/suite.ts'
import { requireTool, runTool, type Tool, type ToolResult } from './tools.ts'

interface Room {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly port: string
  /** What the server serves. */
  readonly www: string
  /** An empty folder of the program's own. */
  readonly here: string
  run(args: readonly string[], input?: string): Promise<ToolResult>
}

interface Row {
  readonly title: string
  readonly tool: Tool
  drive(room: Room): Promise<void>
}

const BINARY = randomBytes(300_000)

async function ok(ran: Promise<ToolResult>): Promise<string> {
  const { code, stdout, stderr } = await ran
  expect(code, `its standard error: ${stderr}`).toBe(0)
  return stdout
}

const text = (...parts: string[]) => readFile(path.join(...parts), 'utf8')

const CURL: readonly Row[] = [
  {
    title: 'fetches a file',
    tool: 'curl',
    drive: async ({ run, address }) => {
      expect(await ok(run(['-sS', `ftp://${address}/files/hello.txt`]))).toBe('Hello from Fourwire.\n')
    },
  },
  {
    title: 'lists a directory, and its names alone',
    tool: 'curl',
    drive: async ({ run, address }) => {
      expect(await ok(run(['-sS', `ftp://${address}/files/`]))).toMatch(
        /^-rw-.* 21 .* hello\.txt\r?\n.*numbers\.txt\r?\n$/,
      )
      expect(await ok(run(['-sSl', `ftp://${address}/files/`]))).toMatch(/^hello\.txt\r?\nnumbers\.txt\r?\n$/)
    },
  },
  {
    title: 'sends a file and fetches it, byte for byte',
    tool: 'curl',
    drive: async ({ run, address, here, www }) => {
      await writeFile(path.join(here, 'up'), BINARY)
      await ok(run(['-sS', '-T', 'up', `ftp://demo:demo@${address}/files/up`]))
      expect((await readFile(path.join(www, 'files/up'))).equals(BINARY)).toBe(true)
      await ok(run(['-sS', '-o', 'down', `ftp://${address}/files/up`]))
      expect((await readFile(path.join(here, 'down'))).equals(BINARY)).toBe(true)
    },
  },
  {
    title: 'goes on with a download, and takes a range',
    tool: 'curl',
    drive: async ({ run, address, here }) => {
      await writeFile(path.join(here, 'part'), 'Hello from ')
      await ok(run(['-sS', '-C', '-', '-o', 'part', `ftp://${address}/files/hello.txt`]))
      expect(await text(here, 'part')).toBe('Hello from Fourwire.\n')
      expect(await ok(run(['-sS', '-r', '6-9', `ftp://${address}/files/hello.txt`]))).toBe('from')
    },
  },
  {
    title: 'goes on with an upload, and appends',
    tool: 'curl',
    drive: async ({ run, address, here, www }) => {
      await writeFile(path.join(www, 'x'), 'half')
      await writeFile(path.join(here, 'x'), 'half and half')
      await ok(run(['-sS', '-C', '-', '-T', 'x', `ftp://demo:demo@${address}/x`]))
      expect(await text(www, 'x')).toBe('half and half')
      await ok(run(['-sS', '-a', '-T', 'x', `ftp://demo:demo@${address}/x`]))
      expect(await text(www, 'x')).toBe('half and halfhalf and half')
    },
  },
  {
    title: 'makes the directories an upload needs',
    tool: 'curl',
    drive: async ({ run, address, here, www }) => {
      await writeFile(path.join(here, 'x'), 'deep')
      await ok(run(['-sS', '--ftp-create-dirs', '-T', 'x', `ftp://demo:demo@${address}/a/b%20c/x`]))
      expect(await text(www, 'a/b c/x')).toBe('deep')
    },
  },
  ...(['--disable-epsv', '--ftp-pasv', '--ftp-skip-pasv-ip'] as const).map(flag => ({
    title: `fetches in passive mode, with ${flag}`,
    tool: 'curl' as const,
    drive: async ({ run, address }: Room) => {
      expect(await ok(run(['-sS', flag, `ftp://${address}/files/hello.txt`]))).toBe('Hello from Fourwire.\n')
    },
  })),
  ...([['EPRT'], ['PORT', '--disable-eprt']] as const).map(([name, ...flags]) => ({
    title: `fetches in active mode, with ${name}`,
    tool: 'curl' as const,
    drive: async ({ run, address }: Room) => {
      const args = ['-sS', '-P', '127.0.0.1', ...flags, `ftp://${address}/files/hello.txt`]
      expect(await ok(run(args))).toBe('Hello from Fourwire.\n')
    },
  })),
  {
    title: 'gives commands of its own, and tells what the server refuses',
    tool: 'curl',
    drive: async ({ run, address, www }) => {
      const quotes = ['-Q', 'MKD q', '-Q', 'RNFR files/hello.txt', '-Q', 'RNTO q/hi.txt', '-Q', '*DELE nothing']
      await ok(run(['-sS', ...quotes, `ftp://demo:demo@${address}/`]))
      expect(await readdir(path.join(www, 'q'))).toEqual(['hi.txt'])
      const refused = await run(['-sS', '-T', '-', `ftp://${address}/x`], 'x')
      expect(refused.code).toBe(25)
      const wrong = await run(['-sS', `ftp://demo:wrong@${address}/`])
      expect(wrong.code).toBe(67)
    },
  },
  {
    title: 'reads text in ASCII type, and asks for the head of a file',
    tool: 'curl',
    drive: async ({ run, address }) => {
      expect(await ok(run(['-sS', `ftp://${address}/files/hello.txt;type=a`]))).toMatch(/^Hello from Fourwire\.\r?\n$/)
      expect(await ok(run(['-sS', '-I', `ftp://${address}/files/hello.txt`]))).toContain('Content-Length: 21')
    },
  },
]

const LFTP: readonly Row[] = [
  {
    title: 'mirrors a tree down, names and contents',
    tool: 'lftp',
    drive: async ({ run, port, here, www }) => {
      await mkdir(path.join(www, 'files/deep/er'), { recursive: true })
      await writeFile(path.join(www, 'files/deep/er/ünï "q".bin'), BINARY)
      await ok(run(['-c', `${LFTP_SETTINGS} open -p ${port} 127.0.0.1; mirror files copy`]))
      expect(await readdir(path.join(here, 'copy'), { recursive: true })).toEqual(
        expect.arrayContaining(['hello.txt', 'numbers.txt', 'deep', 'deep/er', 'deep/er/ünï "q".bin']),
      )
      expect((await readFile(path.join(here, 'copy/deep/er/ünï "q".bin'))).equals(BINARY)).toBe(true)
    },
  },
  {
    title: 'mirrors a tree up, and removes what is not there any more',
    tool: 'lftp',
    drive: async ({ run, port, here, www }) => {
      await mkdir(path.join(here, 'tree/sub dir'), { recursive: true })
      await writeFile(path.join(here, 'tree/sub dir/a'), 'a')
      await writeFile(path.join(here, 'tree/b'), BINARY)
      const open = `${LFTP_SETTINGS} open -u demo,demo -p ${port} 127.0.0.1;`
      await ok(run(['-c', `${open} mirror -R tree up`]))
      expect(await text(www, 'up/sub dir/a')).toBe('a')
      expect((await readFile(path.join(www, 'up/b'))).equals(BINARY)).toBe(true)
      await mkdir(path.join(here, 'empty'))
      await ok(run(['-c', `${open} mirror -R --delete empty up`]))
      expect(await readdir(path.join(www, 'up'))).toEqual([])
    },
  },
  {
    title: 'lists, renames and removes',
    tool: 'lftp',
    drive: async ({ run, port, www }) => {
      const script =
        'cls -1 files; mv files/hello.txt files/hi.txt; rm files/numbers.txt; mkdir -p x/y; rmdir x/y; ls x'
      const stdout = await ok(run(['-c', `${LFTP_SETTINGS} open -u demo,demo -p ${port} 127.0.0.1; ${script}`]))
      expect(stdout).toBe('files/hello.txt\nfiles/numbers.txt\n')
      expect(await readdir(path.join(www, 'files'))).toEqual(['hi.txt'])
      expect(await readdir(path.join(www, 'x'))).toEqual([])
    },
  },
]

/** What it would otherwise ask of the world, or wait for. */
const LFTP_SETTINGS = 'set ftp:ssl-allow no; set net:max-retries 1; set net:timeout 5; set cmd:fail-exit yes;'

const TNFTP: readonly Row[] = [
  {
    title: 'follows a script: up, down, by wildcard, renamed, removed',
    tool: 'tnftp',
    drive: async ({ run, port, here, www }) => {
      await writeFile(path.join(here, 'up.bin'), BINARY)
      const script = [
        `open 127.0.0.1 ${port}`,
        'user demo demo',
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
      const stdout = await ok(run(['-n', '-v'], `${script.join('\n')}\n`))
      expect(stdout).toContain('hi.txt')
      expect((await readFile(path.join(www, 'up.bin'))).equals(BINARY)).toBe(true)
      expect((await readFile(path.join(here, 'down.bin'))).equals(BINARY)).toBe(true)
      expect(await text(here, 'hello.txt')).toBe('Hello from Fourwire.\n')
      expect(await text(www, 'd/hi.txt')).toBe('Hello from Fourwire.\n')
      expect(await readdir(path.join(www, 'files'))).toEqual([])
    },
  },
  {
    title: 'fetches a URL, in passive and in active mode',
    tool: 'tnftp',
    drive: async ({ run, address, here }) => {
      await ok(run(['-p', '-o', 'one', `ftp://${address}/files/hello.txt`]))
      await ok(run(['-A', '-o', 'two', `ftp://${address}/files/hello.txt`]))
      expect([await text(here, 'one'), await text(here, 'two')]).toEqual(Array(2).fill('Hello from Fourwire.\n'))
    },
  },
]

const FTPLIB = `
import ftplib, io, sys
ftp = ftplib.FTP()
ftp.connect('127.0.0.1', int(sys.argv[1]), timeout=10)
assert ftp.getwelcome() == '220 Fourwire FTP server ready'
assert ftp.login('demo', 'demo').startswith('230')
`

const python = (title: string, script: string): Row => ({
  title,
  tool: 'python3',
  drive: async ({ run, port }) => {
    expect(await ok(run(['-c', `${FTPLIB}${script}\nprint(ftp.quit())`, port]))).toBe('221 Goodbye\n')
  },
})

const PYTHON: readonly Row[] = [
  python(
    'ftplib: binary both ways, with size, rename and delete',
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
    'ftplib: text both ways',
    `
ftp.storlines('STOR text', io.BytesIO(b'one\\ntwo\\n'))
lines = []
ftp.retrlines('RETR text', lines.append)
assert lines == ['one', 'two']
assert ftp.size('text') == 8
`,
  ),
  python(
    'ftplib: directories, and every way of listing',
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
    'ftplib: ABOR as urgent data in the middle of a transfer',
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
    title: 'fetches a tree',
    tool: 'wget',
    drive: async ({ run, address, here }) => {
      await ok(run(['-q', '-r', '-nH', `ftp://${address}/files/`]))
      expect((await readdir(path.join(here, 'files'))).sort()).toEqual(['hello.txt', 'numbers.txt'])
    },
  },
  {
    title: 'goes on with a download',
    tool: 'wget',
    drive: async ({ run, address, here }) => {
      await writeFile(path.join(here, 'hello.txt'), 'Hello from ')
      await ok(run(['-q', '-c', `ftp://${address}/files/hello.txt`]))
      expect(await text(here, 'hello.txt')).toBe('Hello from Fourwire.\n')
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
  test.for(rows.map(row => [row.title, row] as const))('%s', async ([, { tool, drive }], context) => {
    requireTool(tool, context)
    const suite = await suiteFor({ services: ['ftp'] })
    const here = await emptyFolder()
    const port = String(suite.ftp.port)
    const www = path.join(suite.dataFolder, 'www')
    await drive({
      address: `127.0.0.1:${port}`,
      port,
      www,
      here,
      // No settings of whoever runs the tests; and names in UTF-8.
      run: (args, input = '') => runTool(tool, args, { cwd: here, input, env: { HOME: here, LC_ALL: 'C.UTF-8' } }),
    })
  })
})
