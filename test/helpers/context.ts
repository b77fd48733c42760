/** A context for a service on its own, where a test chooses what the service is given. */
import path from 'node:path'
import { Directory } from '../../shared/directory.ts'
import { FileTree } from '../../shared/files.ts'
import { createLog } from '../../shared/log.ts'
import type { Context } from '../../shared/service.ts'
import { MemoryMailbox } from '../../shared/store/mailbox.ts'
import { Trace } from '../../shared/trace/trace.ts'
import { emptyFolder } from './cli.ts'

/** A context of its own, with a data folder that goes away with the test; `logged` holds the lines of its log. */
export async function contextWith(given: Partial<Context> = {}): Promise<{ context: Context; logged: string[] }> {
  const dataFolder = await emptyFolder()
  const logged: string[] = []
  const context: Context = {
    trace: new Trace(),
    log: await createLog('info', { write: line => logged.push(line) }),
    directory: new Directory(),
    files: await FileTree.open(path.join(dataFolder, 'www')),
    mail: new MemoryMailbox(),
    dataFolder,
    drainTime: 3000,
    ...given,
  }
  return { context, logged }
}
