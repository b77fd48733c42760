/** The context of one suite: all that its services share, made anew for each. */
import path from 'node:path'
import { Directory } from '../../directory.ts'
import { DnsQueryHandlerRegistry } from '../../dns/query-handler.ts'
import { errorText } from '../../errors.ts'
import { FileTree } from '../../files/file-tree.ts'
import { silentLog } from '../../log.ts'
import { DEFAULT_DRAIN_TIME_MS } from '../../options.ts'
import type { Context } from '../../service.ts'
import { MemoryMailbox } from '../../store/mailbox.ts'
import { Trace } from '../../trace/trace.ts'

/**
 * Makes a context for services that are run without a suite:
 * `hello.create(hello.options.parse({ port: 0 }), await createContext({ dataFolder }))`.
 *
 * @param given what the services share; only the data folder has to be named, and is filled on first use
 */
export async function createContext(given: Pick<Context, 'dataFolder'> & Partial<Context>): Promise<Context> {
  const log = given.log ?? silentLog
  const dataFolder = path.resolve(given.dataFolder)
  return {
    trace: given.trace ?? new Trace(error => log.error({ error: errorText(error) }, 'a trace listener failed')),
    log,
    directory: given.directory ?? new Directory(),
    files: given.files ?? (await FileTree.open(path.join(dataFolder, 'www'))),
    mail: given.mail ?? new MemoryMailbox(),
    nameServer: given.nameServer ?? new DnsQueryHandlerRegistry(),
    tls: given.tls,
    drainTime: given.drainTime ?? DEFAULT_DRAIN_TIME_MS,
    dataFolder,
  }
}
