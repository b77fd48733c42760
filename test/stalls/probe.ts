/** Starts the process that probes an event loop. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Stop } from './stop.ts'

const PROGRAM = fileURLToPath(new URL('./prober.ts', import.meta.url))

export class Prober {
  readonly #process: ChildProcess

  private constructor(child: ChildProcess) {
    this.#process = child
  }

  /** @param server the port of its DNS server, and the id of its process */
  static async start({ dnsPort, pid }: { readonly dnsPort: number; readonly pid: number }): Promise<Prober> {
    const child = fork(PROGRAM, [String(dnsPort), String(pid)], { execArgv: ['--import', 'tsx'] })
    await answer(child)
    return new Prober(child)
  }

  /** Returns the longest stop while the work runs, from before its start until after its end. */
  async during(work: () => Promise<unknown>): Promise<Stop> {
    this.#process.send('start')
    await answer(this.#process)
    try {
      await work()
    } finally {
      this.#process.send('stop')
    }
    return (await answer(this.#process)) as Stop
  }

  async close(): Promise<void> {
    const exit = once(this.#process, 'exit')
    this.#process.disconnect()
    await exit
  }
}

/** @throws Error if the process ends instead */
async function answer(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the prober ended with ${code}`)
  })
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: ended.signal }), exit])
    return message
  } finally {
    ended.abort()
    exit.catch(() => undefined)
  }
}
