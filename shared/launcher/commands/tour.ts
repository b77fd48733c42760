/** `fourwire tour`: every client against its server, once, over real sockets, with the real lines. */
import { once } from 'node:events'
import { Command } from 'commander'
import { errorText } from '../../errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { ClientOptions } from '../../service.ts'
import type { TraceEvent } from '../../trace/event.ts'
import { supportsColor } from '../../trace/sinks/terminal.ts'
import { EXIT, InterruptedError, type Io, onStopSignal } from '../io.ts'
import { createLocate } from '../locate.ts'
import { startSuite } from '../suite/start-suite.ts'
import type { Suite } from '../suite/suite.ts'
import { formatConversations } from '../tour/format-conversations.ts'
import { STEPS, type Step } from '../tour/steps.ts'

export function tourCommand(io: Io, finish: (code: number) => void): Command {
  return new Command('tour')
    .summary('see every protocol work once, step by step')
    .description('Starts a suite on free ports, drives every client once against it, and prints the conversations.')
    .option('--pause', 'wait for a key between the steps')
    .addHelpText('after', '\nExample:\n  fourwire tour --pause')
    .action(async ({ pause }: { pause?: boolean }) => {
      finish(await tour(pause === true, io))
    })
}

async function tour(pause: boolean, io: Io): Promise<number> {
  const interrupted = new AbortController()
  const suite = await startSuite()
  const off = onStopSignal(() => interrupted.abort(new InterruptedError('interrupted')))
  try {
    return await runSteps(suite, pause, interrupted.signal, io)
  } finally {
    off()
    await suite.close()
  }
}

async function runSteps(suite: Suite, pause: boolean, signal: AbortSignal, io: Io): Promise<number> {
  io.stdout.write(
    `A suite is up, on free ports of this machine: ${[...new Set(suite.endpoints.map(({ service }) => service))].join(', ')}.\n`,
  )
  for (const [index, step] of STEPS.entries()) {
    if (pause && index > 0) await waitForKey(io, signal)
    io.stdout.write(`\n${[`${index + 1}. ${step.title}`, ...step.description].join('\n   ')}\n`)
    const failure = await runStep(step, suite, signal, io)
    if (failure === undefined) continue
    io.stderr.write(`fourwire: step ${index + 1} of the tour failed: ${failure}\n`)
    return EXIT.refused
  }
  io.stdout.write(`\nAll ${STEPS.length} steps worked.\n`)
  return EXIT.done
}

/** Runs one step and prints its conversations; returns the reason if it failed. */
async function runStep(step: Step, suite: Suite, signal: AbortSignal, io: Io): Promise<string | undefined> {
  const events: TraceEvent[] = []
  const off = suite.trace.on(event => events.push(event))
  const printConversations = () => {
    off()
    for (const line of formatConversations(events, supportsColor(io.stdout, io.env))) io.stdout.write(`${line}\n`)
  }
  try {
    const achieved = await step.run(suite, clientOptions(suite, signal))
    printConversations()
    io.stdout.write(`  Done: ${achieved}\n`)
    return undefined
  } catch (error) {
    printConversations()
    signal.throwIfAborted()
    return errorText(error)
  }
}

/** Clients share the suite's trace, so that it gets the events of both ends. */
function clientOptions({ trace, endpoints }: Suite, signal: AbortSignal): ClientOptions {
  return { trace, signal, timeout: DEFAULT_TIMEOUT_MS, locate: createLocate(endpoints, trace, DEFAULT_TIMEOUT_MS) }
}

const INTERRUPT = 0x03

async function waitForKey({ stdin, stdout }: Io, signal: AbortSignal): Promise<void> {
  stdout.write('\n(press a key) ')
  // In raw mode one key is enough, and Ctrl+C arrives as a byte.
  if (stdin.readableEnded) return
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.resume()
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  try {
    const [key] = await Promise.race([once(stdin, 'data', { signal: either }), once(stdin, 'end', { signal: either })])
    if (stdin.isTTY && key instanceof Uint8Array && key[0] === INTERRUPT) throw new InterruptedError('interrupted')
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    over.abort()
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
  }
  stdout.write('\n')
}
