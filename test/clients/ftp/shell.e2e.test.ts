/** `fourwire ftp shell`: scripts, and a terminal with completion and Ctrl-C. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../../shared/launcher/cli.ts'
import { type Suite, startSuite } from '../../../shared/launcher/index.ts'
import type { Io } from '../../../shared/launcher/io.ts'
import { afterAllTests, emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { startFileServer } from './file-server.ts'
import { listen } from './scripted-server.ts'

const cleanup = afterAllTests()
let suite: Suite<'ftp'>
let www: string
let address: string

beforeAll(async () => {
  suite = await startSuite({ services: ['ftp'], passwordCost: LOWEST_COST })
  cleanup(() => suite.close())
  www = path.join(suite.dataFolder, 'www')
  address = addressOf(suite.ftp.port)
})

const addressOf = (port: number) => `ftp://alice:wonderland@127.0.0.1:${port}`

describe('a script', () => {
  const run = (cwd: string, ...lines: string[]) =>
    runInProcess(['ftp', 'shell', address], { cwd, input: lines.join('\n') })

  test('runs commands relative to the current directory and the local folder', async () => {
    const cwd = await emptyFolder()
    await mkdir(path.join(cwd, 'local'))
    await writeFile(path.join(cwd, 'local/up.txt'), 'up')
    const result = await run(
      cwd,
      '# a comment',
      'pwd',
      'mkdir -p script/deep "script/two words"',
      'cd script',
      'pwd',
      'lcd local',
      'put up.txt',
      'put up.txt deep/renamed.txt',
      'mv up.txt moved.txt',
      'cat moved.txt deep/renamed.txt',
      '',
      'tree',
      'hash -a crc32 moved.txt',
      'get moved.txt down.txt',
      'rm -r deep',
      'rmdir "two words"',
      'ls',
      'quit',
      'rm moved.txt',
    )
    const lines = result.stdout.split('\n')
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(lines.slice(0, 3)).toEqual(['/', '/script', path.join(cwd, 'local')])
    expect(result.stdout).toContain('/script/up.txt: 2 B\n/script/deep/renamed.txt: 2 B\nupup/script\n├── deep/\n')
    expect(result.stdout).toContain('└── two words/\n')
    expect(result.stdout).toMatch(/^[\da-f]{8} {2}\/script\/moved\.txt$/m)
    expect(await readdir(path.join(www, 'script'))).toEqual(['moved.txt'])
    expect(await readFile(path.join(cwd, 'local/down.txt'), 'utf8')).toBe('up')
  })

  test('mget and mput transfer what matches', async () => {
    const cwd = await emptyFolder()
    for (const name of ['a.log', 'b.log', 'c.txt']) await writeFile(path.join(cwd, name), name)
    const result = await run(
      cwd,
      'mkdir many',
      'cd many',
      'mput *.log',
      'ls -l *.l?g',
      'lcd ..',
      `lcd ${cwd}`,
      'mget [b-z].*',
    )
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(await readdir(path.join(www, 'many'))).toEqual(['a.log', 'b.log'])
    expect(result.stdout).toMatch(/^-rw.* \/many\/a\.log\n.* \/many\/b\.log$/m)
  })

  test('get --mirror and put --mirror name folders of their own', async () => {
    const cwd = await emptyFolder()
    await mkdir(path.join(cwd, 'mirror'))
    await writeFile(path.join(cwd, 'mirror/a.txt'), 'a')
    const result = await run(
      cwd,
      'put --mirror mirror',
      'put --mirror mirror',
      'get --mirror mirror copy',
      'get -n files',
    )
    expect(result.stdout).toContain('0 files (0 B) transferred, 1 unchanged\n')
    expect(result.stdout).toContain(`download  ${path.join(cwd, 'files/hello.txt')}  21 B\n`)
    expect(await readdir(path.join(cwd, 'copy'))).toEqual(['a.txt'])
    expect(await readdir(cwd)).not.toContain('files')
  })

  test('quote sends a command, and prints the reply', async () => {
    const { stdout } = await run(await emptyFolder(), 'quote NOOP', 'quote NONSENSE "x"')
    expect(stdout).toMatch(/^200 .*\n50\d .*\n$/)
  })

  test('help lists the commands, or explains one', async () => {
    const { stdout } = await run(await emptyFolder(), 'help', 'help mv')
    expect(stdout).toMatch(/^ {2}rm {5}remove files; with -r, directories with all that is in them$/m)
    expect(stdout).toMatch(/^mv FROM TO\n {2}rename or move a file or directory$/m)
  })

  test.for([
    ['a negative reply', 1, 'cat nothing', '550'],
    ['an unknown command', 2, 'nonsense', 'unknown command "nonsense". Type help for the commands'],
    ['wrong arguments', 2, 'mv a', 'usage: mv FROM TO'],
    ['an unknown flag', 2, 'ls --nonsense', 'Usage: ls [-l] [PATH|PATTERN]'],
    ['an open quote', 2, 'ls "a', 'the quote " is not closed'],
    ['no folder', 2, 'lcd nothing', 'is not a folder'],
    ['a wrong depth', 2, 'tree -L x', 'must be a number of levels'],
    ['a wrong algorithm', 2, 'hash -a x y', 'unknown algorithm "x"'],
  ] as const)('ends at the first error, with its exit code: %s', async ([, code, line, message]) => {
    const result = await run(await emptyFolder(), 'pwd', line, 'mkdir never')
    expect(result).toMatchObject({ code, stdout: '/\n' })
    expect(result.stderr).toContain(`line 2: fourwire: `)
    expect(result.stderr).toContain(message)
    expect(await readdir(www)).not.toContain('never')
  })

  test('connects again if the server has closed the idle session', async () => {
    const idle = await suiteFor({ services: ['ftp'], ftp: { idleTimeout: 100 } })
    const events = recordEvents(idle.trace)
    const { type, output, done } = startShell(addressOf(idle.ftp.port))
    await output(/> $/)
    await events.until(event => event.kind === 'close' && event.channel === 'control')
    type('pwd\nls files\n')
    await output(/the server had closed the session: connected again\n[\s\S]*hello\.txt/)
    type('\u0004')
    expect(await done).toBe(0)
  })

  test('--json is refused', async () => {
    const result = await runInProcess(['ftp', 'shell', address, '--json'], { cwd: await emptyFolder() })
    expect(result).toMatchObject({ code: 2, stdout: '' })
  })
})

/** Starts the shell on a terminal. `output` resolves when both outputs together match. */
function startShell(url: string) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  for (const stream of [stdin, stdout, stderr]) Object.assign(stream, { isTTY: true, columns: 120 })
  let text = ''
  const checks = new Set<() => void>()
  for (const stream of [stdout, stderr]) {
    stream.on('data', chunk => {
      text += stripVTControlCharacters(String(chunk)).replaceAll('\r', '')
      for (const check of checks) check()
    })
  }
  onTestFinished(() => void stdin.end())
  const io = { stdin, stdout, stderr, env: { NO_COLOR: '1' }, cwd: process.cwd() } as unknown as Io
  return {
    done: runCli(['ftp', 'shell', url], io),
    /** Readline takes a tab in a longer chunk for pasted text. */
    type: (keys: string) => {
      for (const part of keys.split(/(\t)/)) stdin.write(part)
    },
    /** Resolves when what was written since the last call matches. The test's timeout bounds the wait. */
    output: (pattern: RegExp) =>
      new Promise<string>(resolve => {
        const check = () => {
          if (!pattern.test(text)) return
          checks.delete(check)
          resolve(text)
          text = ''
        }
        checks.add(check)
        check()
      }),
  }
}

describe('a terminal', () => {
  test('continues after errors, and ends with Ctrl-D', async () => {
    const { type, output, done } = startShell(`${address}/files`)
    await output(/ftp \/files> $/)
    type('nonsense\n')
    await output(/unknown command "nonsense"[\s\S]*> $/)
    type('cat hello.txt\n')
    await output(/Hello from Fourwire\.\n[\s\S]*> $/)
    type('cd ..\n')
    await output(/ftp \/> $/)
    type('\u0004')
    expect(await done).toBe(0)
  })

  test('completes commands, paths on the server, and local paths', async () => {
    await mkdir(path.join(www, 'complete/with space'), { recursive: true })
    await writeFile(path.join(www, 'complete/with space/file.txt'), 'content')
    const { type, output, done } = startShell(address)
    await output(/> $/)
    type('pw\t')
    await output(/pwd $/)
    type('\n')
    await output(/\/\n[\s\S]*> $/)
    type('cat compl\t')
    await output(/cat complete\/$/)
    type('wi\t')
    await output(/with\\ space\/$/)
    type('fi\t\n')
    await output(/file\.txt\ncontent[\s\S]*> $/)
    type('ls fi\t')
    await output(/ls files\/$/)
    type('\t\t')
    await output(/hello\.txt +files\/numbers\.txt|hello\.txt[\s\S]*numbers\.txt/)
    type('\u0003')
    await output(/\^C\n[\s\S]*> $/)
    type('help rmd\t')
    await output(/help rmdir$/)
    type('\u0003lcd tes\t')
    await output(/lcd test\/$/)
    type('\u0003quit\n')
    expect(await done).toBe(0)
  })

  test('Ctrl-C aborts a transfer with ABOR, and the session continues', async () => {
    let received: (() => void) | undefined
    const started = new Promise<void>(resolve => {
      received = resolve
    })
    const dataPort = await listen(socket => socket.write('half'))
    let control: Socket | undefined
    const server = await startFileServer({
      files: { '/big': 'x'.repeat(1000) },
      script: {
        PWD: '257 "/"',
        CWD: '250 fine',
        EPSV: `229 here (|||${dataPort}|)`,
        RETR: socket => {
          control = socket
          socket.write('150 opening\r\n')
          received?.()
        },
        // Two replies: to the transfer, and to ABOR.
        ABOR: () => void control?.write('426 aborted\r\n226 closed\r\n'),
      },
    })
    const cwd = await emptyFolder()
    const { type, output, done } = startShell(`ftp://127.0.0.1:${server.port}/`)
    await output(/> $/)
    type(`lcd ${cwd}\n`)
    await output(/> $/)
    type('get /big\n')
    await started
    await output(/get \/big\n/)
    type('\u0003')
    await output(/interrupted\n[\s\S]*> $/)
    type('quote NOOP\n')
    await output(/200 fine\n[\s\S]*> $/)
    type('quit\n')
    expect(await done).toBe(0)
    expect(server.received.filter(line => /^(?:USER|RETR|ABOR|NOOP|QUIT)/.test(line))).toEqual([
      'USER anonymous',
      'RETR /big',
      'ABOR',
      'NOOP',
      'NOOP',
      'QUIT',
    ])
    expect(await readdir(cwd)).not.toContain('big')
  })
})
