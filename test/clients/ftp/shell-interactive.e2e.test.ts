/** `fourwire ftp shell` on streams that behave as a terminal: completion, Ctrl-C, Ctrl-D, and lost sessions. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../../shared/launcher/cli.ts'
import type { Io } from '../../../shared/launcher/io.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { startFileServer } from './file-server.ts'
import { listen } from './scripted-server.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

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

test('continues after errors, and ends with Ctrl-D', async () => {
  const { type, output, done } = startShell(`${shared.address}/files`)
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
  await mkdir(path.join(shared.www, 'complete/with space'), { recursive: true })
  await writeFile(path.join(shared.www, 'complete/with space/file.txt'), 'content')
  const { type, output, done } = startShell(`${shared.address}/`)
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

test('connects again if the server has closed the idle session', async () => {
  const idle = await suiteFor({ services: ['ftp'], ftp: { idleTimeout: 1000 } })
  const events = recordEvents(idle.trace)
  const { type, output, done } = startShell(`ftp://alice:wonderland@127.0.0.1:${idle.ftp.port}`)
  await output(/> $/)
  await events.until(event => event.kind === 'close' && event.channel === 'control')
  type('pwd\nls files\n')
  await output(/the server had closed the session: connected again\n[\s\S]*hello\.txt/)
  type('\u0004')
  expect(await done).toBe(0)
})

test('of many choices, Tab inserts only what all begin with', async () => {
  const folder = path.join(shared.www, 'many')
  await mkdir(folder)
  for (let number = 100; number < 320; number += 1) await writeFile(path.join(folder, `x1-${number}`), '')
  await writeFile(path.join(folder, 'x2'), '')
  const { type, output, done } = startShell(`${shared.address}/many`)
  await output(/> $/)
  type('cat x\t\t')
  const shown = await output(/x1-100 [\s\S]*x2[\s\S]*cat x$/)
  expect(shown.match(/x1-/g)).toHaveLength(199)
  type('\u0003quit\n')
  expect(await done).toBe(0)
})

test('a reply cannot change the terminal', async () => {
  const server = await startFileServer({
    script: { PWD: '257 "/"', CWD: '250 fine', DELE: '450 \u001b[2Jgone' },
  })
  const { type, output, done } = startShell(`ftp://127.0.0.1:${server.port}/`)
  await output(/> $/)
  type('rm x\n')
  await output(/450 \\x1b\[2Jgone\n/)
  type('quit\n')
  expect(await done).toBe(0)
})
