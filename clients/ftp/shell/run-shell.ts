/** Runs the shell: on a terminal with completion and history, otherwise as a script that ends at the first error. */
import { createInterface, type Interface } from 'node:readline'
import { FourwireError, UsageError } from '../../../shared/errors.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { escapeControls } from '../../../shared/terminal-text.ts'
import { printable } from '../commands/format-listing.ts'
import { withNamedRefusal } from '../commands/named-refusal.ts'
import { withPool } from '../session/pool.ts'
import { type FtpTarget, resolveTarget } from '../target.ts'
import { SHELL_COMMANDS } from './commands.ts'
import { complete } from './complete.ts'
import { Shell } from './shell.ts'
import { TerminalKeys } from './terminal-keys.ts'

/** Bounds the lines that the history has. */
const MAX_HISTORY = 500

/**
 * Runs the lines of standard input.
 *
 * @throws the error of a command, if standard input is not a terminal
 */
export async function runShell(request: FtpTarget, parallel: number, context: ClientContext): Promise<void> {
  if (context.json) throw new UsageError('the shell prints text, not JSON. Omit --json')
  const target = resolveTarget(request)
  await withPool(target, context, parallel, async pool => {
    const directory = await withNamedRefusal(request, () => pool.run(session => session.enterDirectory(target.path)))
    const shell = new Shell(pool, context, SHELL_COMMANDS, { directory, localFolder: process.cwd() })
    pool.onReconnect = () => context.stderr.write('the server had closed the session: connected again\n')
    const isTerminal = context.stdin.isTTY && context.stdout.isTTY
    await (isTerminal ? runInteractively(shell, context) : runScript(shell, context))
  })
}

/** Runs a script. The signal of the context ends it. */
async function runScript(shell: Shell, { stdin, stderr, signal }: ClientContext): Promise<void> {
  const lines = createInterface({ input: stdin, terminal: false })
  const close = () => lines.close()
  signal.addEventListener('abort', close, { once: true })
  let number = 0
  try {
    for await (const line of lines) {
      number += 1
      await shell.run(line, signal)
      if (shell.isDone) return
    }
  } catch (error) {
    if (error instanceof FourwireError) stderr.write(`line ${number}: `)
    throw error
  } finally {
    lines.close()
    signal.removeEventListener('abort', close)
  }
  signal.throwIfAborted()
}

/** Runs what is typed. Ctrl-C aborts the command that runs, or clears the line; Ctrl-D ends the shell. */
async function runInteractively(shell: Shell, context: ClientContext): Promise<void> {
  const { stdin, stdout: output, signal } = context
  const input = new TerminalKeys(stdin)
  let running: AbortController | undefined
  let isClosed = false
  const lines = createInterface({
    input,
    output,
    terminal: true,
    historySize: MAX_HISTORY,
    completer: (line: string, done: (error: Error | null, completion: [string[], string]) => void) => {
      // The session is busy.
      if (running) return done(null, [[], line])
      complete(shell, line).then(
        completion => done(null, completion),
        () => done(null, [[], line]),
      )
    },
  })
  const close = () => lines.close()
  signal.addEventListener('abort', close, { once: true })
  lines.once('close', () => {
    isClosed = true
  })
  lines.on('SIGINT', () => {
    if (running) running.abort(new InterruptedCommand())
    else clearLine(lines, context)
  })
  // After Ctrl-Z and `fg`, readline has paused.
  lines.on('SIGCONT', () => lines.resume())
  try {
    prompt(lines, shell)
    for await (const line of lines) {
      running = new AbortController()
      await runLine(shell, line, running.signal, context)
      running = undefined
      if (shell.isDone) return
      // Ctrl-D was pressed while the command ran.
      if (!isClosed) prompt(lines, shell)
    }
    output.write('\n')
  } finally {
    lines.close()
    input.close()
    signal.removeEventListener('abort', close)
  }
  signal.throwIfAborted()
}

/** The user has pressed Ctrl-C. */
class InterruptedCommand extends Error {
  override readonly name = 'InterruptedCommand'
  constructor() {
    super('interrupted')
  }
}

async function runLine(shell: Shell, line: string, interrupt: AbortSignal, context: ClientContext): Promise<void> {
  try {
    await shell.run(line, interrupt)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof FourwireError || error instanceof InterruptedCommand)) throw error
    context.stderr.write(`${escapeControls(error.message)}\n`)
  }
}

function prompt(lines: Interface, { directory }: Shell): void {
  lines.setPrompt(`ftp ${printable(directory)}> `)
  lines.prompt()
}

function clearLine(lines: Interface, { stdout }: ClientContext): void {
  stdout.write('^C\n')
  lines.write(null, { ctrl: true, name: 'e' })
  lines.write(null, { ctrl: true, name: 'u' })
  lines.prompt()
}
