/** Starts one PostgreSQL server before the first end-to-end test, because a start takes 0.7 s; each test has its own database. */
import type { TestProject } from 'vitest/node'
import { isInstalled } from '../interop/tools.ts'
import { startPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the server, without a database; undefined if PostgreSQL is not installed. */
    readonly postgresServer: string | undefined
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer()
  }
  if (!isInstalled('initdb')) return close
  try {
    project.provide('postgresServer', await startPostgres(closer => closers.push(closer)))
    return close
  } catch (error) {
    await close()
    throw error
  }
}
