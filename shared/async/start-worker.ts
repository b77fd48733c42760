/** Starts a worker thread, from the sources or from the built package. */
import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread.
 *
 * @param module the source of the worker without its ending, from the root of the project; it is an entry point of
 * `esbuild.config.ts`
 */
export function startWorker(module: string, options: WorkerOptions = {}): Worker {
  // The built file is a chunk in `dist/chunks/`.
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`../${module}.js`, import.meta.url), options)
  // Node 20 cannot run sources itself, and a worker does not inherit the loader of the main thread.
  const source = JSON.stringify(new URL(`../../${module}.ts`, import.meta.url))
  const load = `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`
  return new Worker(load, { ...options, eval: true })
}
