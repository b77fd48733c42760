/** Commands on a pseudo-terminal, which `script` (bsdutils) provides. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'
import { emptyFolder, FOURWIRE } from './cli.ts'

/** A command on its own terminal: reads its output and types. */
export class Terminal {
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
      await this.#nextOutput()
    }
  }

  #nextOutput(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
    })
  }

  type(keys: string): void {
    this.child.stdin.write(keys)
  }

  /** Types, and returns the text that follows, when it matches. It has no control sequences. */
  async typeUntil(keys: string, pattern: RegExp): Promise<string> {
    this.output = ''
    this.type(keys)
    return this.untilText(pattern)
  }

  /** Waits until the output without control sequences matches, and returns it. The test's timeout bounds the wait. */
  async untilText(pattern: RegExp): Promise<string> {
    for (;;) {
      const text = stripVTControlCharacters(this.output)
      if (pattern.test(text)) return text
      await this.#nextOutput()
    }
  }

  async waitForExit(): Promise<number | null> {
    if (this.child.exitCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly columns?: number
  /** Default: an empty folder. */
  readonly cwd?: string
}

/** The command line as a word of a shell script. */
export const FOURWIRE_COMMAND = FOURWIRE.map(word => `'${word}'`).join(' ')

/** Starts `fourwire` on a terminal. */
export function startTerminal(args: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
  const words = args.map(argument => `'${argument}'`).join(' ')
  return startOnTerminal(`exec ${FOURWIRE_COMMAND} ${words}`, options)
}

/** Runs a shell script on a terminal. */
export async function startOnTerminal(
  script: string,
  { env = {}, columns = 100, cwd }: TerminalOptions = {},
): Promise<Terminal> {
  const child = spawn('script', ['-qefc', `stty cols ${columns}; ${script}`, '/dev/null'], {
    cwd: cwd ?? (await emptyFolder()),
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  })
  return new Terminal(child)
}
