/** Creates contexts for services that a test runs without a suite. */
import { createContext } from '../../shared/launcher/index.ts'
import { createLog } from '../../shared/log.ts'
import type { Context } from '../../shared/service.ts'
import { emptyFolder } from './cli.ts'
import { createStore } from './store.ts'

/** Creates a context with demonstration accounts and a data folder that is removed after the test. `logged` collects the lines of its log. */
export async function createTestContext(given: Partial<Context> = {}): Promise<{ context: Context; logged: string[] }> {
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  const store = createStore({ kind: 'memory' }, { demonstration: true })
  return { context: await createContext({ log, store, dataFolder: await emptyFolder(), ...given }), logged }
}
