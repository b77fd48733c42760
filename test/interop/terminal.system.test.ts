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
  output = ''
  #wake: () => void = () => undefined

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
      this.#wake()
    })
  }

  /** Waits until the output has `times` matches. The test's timeout bounds the wait. */
  async until(pattern: RegExp, times = 1): Promise<RegExpMatchArray> {
    for (;;) {
      const matches = [...this.output.matchAll(new RegExp(pattern, 'g'))]
      const match = matches[times - 1]
      if (match) return match
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  type(keys: string): void {
    this.child.stdin.write(keys)
  }

  async waitForExit(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}

/** Starts `fourwire` on a terminal. */
async function startTerminal(
  args: readonly string[],
  env: Record<string, string> = {},
  columns = 100,
): Promise<Terminal> {
  const cwd = await emptyFolder()
  const command = [...FOURWIRE, ...args].map(argument => `'${argument}'`).join(' ')
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

/** Sends a message to the hello server of the suite on the terminal. */
async function sendHelloTo(terminal: Terminal, text: string): Promise<void> {
  const [, port] = await terminal.until(/tcp:\/\/127\.0\.0\.1:(\d+)[\s\S]*Ctrl\+C stops/)
  await sendHello({ text, port: Number(port) })
  await terminal.until(/connection closed/)
}

test.each([80, 100])('prints the conversation in color and wraps it at %d columns', async columns => {
  const terminal = await startTerminal(START, {}, columns)
  await sendHelloTo(terminal, 'x'.repeat(200))
  expect(terminal.output).toContain(`${ESC}[37m`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removes colors
  const lines = terminal.output.replace(/\u001b\[\d+m/g, '').split(/\r?\n/)
  const message = lines.filter(line => line.includes('xxx'))
  expect(message[0]).toHaveLength(columns)
  expect(message.join('').match(/x/g)).toHaveLength(200)
})

test('prints no colors if NO_COLOR is set', async () => {
  const terminal = await startTerminal(START, { NO_COLOR: '1' })
  await sendHelloTo(terminal, 'Hello')
  expect(terminal.output).toContain('Hello from server')
  expect(terminal.output).not.toContain(ESC)
})

test('Ctrl+C stops the suite with exit code 0 and prints how to stop at once', async () => {
  const terminal = await startTerminal(START)
  await terminal.until(/Ctrl\+C stops/)
  terminal.type('\u0003')
  expect(await terminal.waitForExit()).toBe(0)
  expect(terminal.output).toContain('stopping; press again to stop at once')
})

test('tour --pause waits for a key', async () => {
  const terminal = await startTerminal(['tour', '--pause'])
  for (let step = 1; step < 5; step += 1) {
    await terminal.until(/\(press a key\)/, step)
    expect(terminal.output).not.toContain(`\n${step + 1}. `)
    terminal.type(' ')
  }
  expect(await terminal.waitForExit()).toBe(0)
  expect(terminal.output).toContain('All 5 steps worked.')
})

test('Ctrl+C at a pause ends the tour with exit code 130', async () => {
  const terminal = await startTerminal(['tour', '--pause'])
  await terminal.until(/\(press a key\)/)
  terminal.type('\u0003')
  expect(await terminal.waitForExit()).toBe(130)
})
