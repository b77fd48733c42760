/** Starts a worker thread of the built package. */
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** The folder of the built package, seen from this source, and from the chunk in `dist/chunks/` that has this code. */
const DIST = import.meta.url.endsWith('.ts') ? '../../dist/' : '../'

/**
 * Starts a worker thread. A main thread that runs from the sources starts the built worker too: Node 20 cannot run sources
 * itself, a worker does not inherit the loader of the main thread, and to load one takes longer than most jobs of a worker.
 *
 * @param module the source of the worker without its ending, from the root of the project; it is an entry point of
 * `esbuild.config.ts`
 */
export function startWorker(module: string, options: WorkerOptions = {}): Worker {
  // The flags of the main thread, such as `--input-type`, can make a worker fail.
  return new Worker(new URL(`${DIST}${module}.js`, import.meta.url), { execArgv: [], ...options })
}
