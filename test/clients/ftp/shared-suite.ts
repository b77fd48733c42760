/** One suite with FTP for all tests of a file. */
import path from 'node:path'
import { beforeAll } from 'vitest'
import { type Suite, type SuiteOptions, startSuite } from '../../../shared/launcher/index.ts'
import { afterAllTests } from '../../helpers/cli.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'

/** Its properties can be read in tests, when the suite has started. */
export interface SharedSuite {
  readonly suite: Suite<'ftp'>
  /** The folder that the server serves. */
  readonly www: string
  /** A target with the account of a writer. */
  readonly server: { readonly host: string; readonly port: number; readonly user: string; readonly password: string }
  /** The URL of the server with that account, without a path. */
  readonly address: string
}

/** Starts the suite before the first test, and closes it after the last one. Call it at the top level of the file. */
export function sharedSuite(options: Omit<SuiteOptions<'ftp'>, 'services'> = {}): SharedSuite {
  const cleanup = afterAllTests()
  let started: Suite<'ftp'> | undefined
  beforeAll(async () => {
    const suite = await startSuite({ services: ['ftp'], passwordCost: LOWEST_COST, ...options })
    cleanup(() => suite.close())
    started = suite
  })
  const running = () => {
    if (!started) throw new Error('the suite has not started yet')
    return started
  }
  return {
    get suite() {
      return running()
    },
    get www() {
      return path.join(running().dataFolder, 'www')
    },
    get server() {
      const { host, port } = running().ftp
      return { host, port, user: 'alice', password: 'wonderland' }
    },
    get address() {
      const { host, port } = running().ftp
      return `ftp://alice:wonderland@${host}:${port}`
    },
  }
}
