/** Starts a worker thread, from the sources or from the built package. */
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread.
 *
 * @param module the source of the worker without its ending, from the root of the project; it is an entry point of
 * `esbuild.config.ts`
 */
export function startWorker(module: string, given: WorkerOptions = {}): Worker {
  // The flags of the main thread, such as `--input-type`, can make a worker fail.
  const options: WorkerOptions = { execArgv: [], ...given }
  // The built file is a chunk in `dist/chunks/`.
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`../${module}.js`, import.meta.url), options)
  // Node 20 cannot run sources itself, and a worker does not inherit the loader of the main thread.
  const source = JSON.stringify(new URL(`../../${module}.ts`, import.meta.url))
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const load = `import(${loader}).then(({ register }) => { register(); return import(${source}) })`
  return new Worker(load, { ...options, eval: true })
}
