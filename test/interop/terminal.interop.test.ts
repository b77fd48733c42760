/** The output of the command line on a terminal, which `script` (bsdutils) provides. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { sendHello } from '../../clients/hello/index.ts'
import { emptyFolder, FOURWIRE } from '../helpers/cli.ts'
import { requireTool } from './tools.ts'

const ESC = '\u001b'
const START = ['start', 'hello', '--hello-port', '0']

beforeEach(context => requireTool('script', context))

/** A command on its own terminal: reads its output and types. */
class Terminal {
  readonly child: ChildProcessWithoutNullStreams
  shown = ''
  #wake: () => void = () => undefined

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text
      this.#wake()
    })
  }

  /** Waits until the screen has `times` matches; the timeout of the test is the bound. */
  async until(pattern: RegExp, times = 1): Promise<RegExpMatchArray> {
    for (;;) {
      const found = [...this.shown.matchAll(new RegExp(pattern, 'g'))]
      const last = found[times - 1]
      if (last) return last
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  type(keys: string): void {
    this.child.stdin.write(keys)
  }

  async end(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}

async function terminal(args: readonly string[], env: Record<string, string> = {}, columns = 100): Promise<Terminal> {
  const cwd = await emptyFolder()
  const command = [...FOURWIRE, ...args].map(word => `'${word}'`).join(' ')
  const child = spawn('script', ['-qefc', `stty cols ${columns}; exec ${command}`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return new Terminal(child)
}

async function helloOn(screen: Terminal, text: string): Promise<void> {
  const [, port] = await screen.until(/tcp:\/\/127\.0\.0\.1:(\d+)[\s\S]*Ctrl\+C stops/)
  await sendHello({ text, port: Number(port) })
  await screen.until(/connection closed/)
}

test.each([80, 100])('prints the conversation in color and wraps it at %d columns', async columns => {
  const screen = await terminal(START, {}, columns)
  await helloOn(screen, 'x'.repeat(200))
  expect(screen.shown).toContain(`${ESC}[37m`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removes colors
  const lines = screen.shown.replace(/\u001b\[\d+m/g, '').split(/\r?\n/)
  const message = lines.filter(line => line.includes('xxx'))
  expect(message[0]).toHaveLength(columns)
  expect(message.join('').match(/x/g)).toHaveLength(200)
})

test('prints no colors if NO_COLOR is set', async () => {
  const screen = await terminal(START, { NO_COLOR: '1' })
  await helloOn(screen, 'Hello')
  expect(screen.shown).toContain('Hello from server')
  expect(screen.shown).not.toContain(ESC)
})

test('Ctrl+C stops the suite with exit code 0 and prints how to stop at once', async () => {
  const screen = await terminal(START)
  await screen.until(/Ctrl\+C stops/)
  screen.type('\u0003')
  expect(await screen.end()).toBe(0)
  expect(screen.shown).toContain('stopping; press again to stop at once')
})

test('tour --pause waits for a key', async () => {
  const screen = await terminal(['tour', '--pause'])
  for (let step = 1; step < 5; step += 1) {
    await screen.until(/\(press a key\)/, step)
    expect(screen.shown).not.toContain(`\n${step + 1}. `)
    screen.type(' ')
  }
  expect(await screen.end()).toBe(0)
  expect(screen.shown).toContain('All 5 steps worked.')
})

test('Ctrl+C at a pause ends the tour with exit code 130', async () => {
  const screen = await terminal(['tour', '--pause'])
  await screen.until(/\(press a key\)/)
  screen.type('\u0003')
  expect(await screen.end()).toBe(130)
})
