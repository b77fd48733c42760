/** The context of one suite: what its services share. */
import path from 'node:path'
import { Directory } from '../../directory.ts'
import { DnsQueryHandlerRegistry } from '../../dns/query-handler.ts'
import { FileTree } from '../../files/file-tree.ts'
import { type Log, silentLog } from '../../log.ts'
import { DEFAULT_DRAIN_TIME_MS } from '../../options.ts'
import type { Context } from '../../service.ts'
import { Store } from '../../store/store.ts'
import { Trace } from '../../trace/trace.ts'

/**
 * Creates a context from the given parts, and new objects for the rest. A suite uses it, and so can a service without a suite:
 * `hello.create(hello.options.parse({ port: 0 }), await createContext({ dataFolder }))`.
 *
 * @param given only the data folder is required; it is created and filled if it does not exist
 */
export async function createContext(given: Pick<Context, 'dataFolder'> & Partial<Context>): Promise<Context> {
  const log = given.log ?? silentLog
  const trace = given.trace ?? createTrace(given.log)
  const dataFolder = path.resolve(given.dataFolder)
  return {
    trace,
    log,
    directory: given.directory ?? new Directory(),
    files: given.files ?? (await FileTree.open(path.join(dataFolder, 'www'))),
    store: given.store ?? new Store({ kind: 'memory' }, { log, trace }),
    nameServer: given.nameServer ?? new DnsQueryHandlerRegistry(),
    tls: given.tls,
    proxies: given.proxies,
    reusePort: given.reusePort,
    drainTime: given.drainTime ?? DEFAULT_DRAIN_TIME_MS,
    dataFolder,
  }
}

/** Creates a trace that reports failed listeners to the log; without a log, as a warning of the process. */
export function createTrace(log?: Log): Trace {
  return log ? new Trace(error => log.error({ err: error }, 'trace listener failed')) : new Trace()
}
