/** A context for a service on its own, where a test chooses what the service is given. */
import { createContext } from '../../shared/launcher/index.ts'
import { createLog } from '../../shared/log.ts'
import type { Context } from '../../shared/service.ts'
import { emptyFolder } from './cli.ts'

/** A context of its own, with a data folder that goes away with the test; `logged` holds the lines of its log. */
export async function createTestContext(given: Partial<Context> = {}): Promise<{ context: Context; logged: string[] }> {
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  return { context: await createContext({ log, dataFolder: await emptyFolder(), ...given }), logged }
}
