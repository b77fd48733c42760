/** Starts Fourwire and the same application on fastify, each on SQLite and on PostgreSQL. */
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../helpers/free-port.ts'
import { type RunningServer, startServer } from '../server-process.ts'

export interface Contestant {
  readonly name: string
  readonly database: 'SQLite' | 'PostgreSQL'
  /**
   * Starts the server.
   *
   * @param folder an empty folder for its files
   * @param createDatabase creates a PostgreSQL database and resolves with its URL
   */
  start(folder: string, createDatabase: () => Promise<string>): Promise<RunningServer>
}

export const FASTIFY = 'fastify'

/** @param dist the folder of the built package */
export function contestants(dist: string): Contestant[] {
  const main = path.join(dist, 'shared/launcher/main.js')
  const fastify = ['--import', 'tsx', fileURLToPath(new URL('./fastify-server.ts', import.meta.url))]
  const fourwire = (folder: string) => [main, 'start', 'http', '--quiet', '--data', path.join(folder, 'data')]
  return [
    {
      name: 'fourwire',
      database: 'SQLite',
      start: folder => start(port => [...fourwire(folder), '--http-port', port]),
    },
    {
      name: FASTIFY,
      database: 'SQLite',
      start: folder => start(port => [...fastify, port, path.join(folder, 'app.db')]),
    },
    {
      name: 'fourwire',
      database: 'PostgreSQL',
      start: async (folder, createDatabase) => {
        const url = await createDatabase()
        return start(port => [...fourwire(folder), '--http-port', port, '--store', url])
      },
    },
    {
      name: FASTIFY,
      database: 'PostgreSQL',
      start: async (_folder, createDatabase) => {
        const url = await createDatabase()
        return start(port => [...fastify, port, url])
      },
    },
  ]
}

async function start(argsFor: (port: string) => readonly string[]): Promise<RunningServer> {
  const port = await freePort()
  return startServer(process.execPath, argsFor(String(port)), { port, waitForAnswer })
}

/** Resolves when the server responds to any request. */
async function waitForAnswer(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await (await fetch(`http://127.0.0.1:${port}/api/notices`, { signal })).text()
      return
    } catch {
      await delay(50)
    }
  }
}
