/** The zones of one server from start to end: read, kept as their files are, and with what is up published in them. */
import path from 'node:path'
import type { Context } from '../../../shared/service.ts'
import { loadZoneText, ZoneFiles } from '../master-file/zone-files.ts'
import type { DnsOptions } from '../options.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import { localAddresses } from './local-addresses.ts'
import { type DnsApi, recordsApi } from './records-api.ts'
import { SerialFile } from './serial-file.ts'
import { ZoneReloader } from './zone-reloader.ts'
import { ZoneStore } from './zone-store.ts'

/** What there is of zones in files only: where they are given as text there is nothing to read again, or to go on from. */
interface Kept {
  readonly reloading?: ZoneReloader
  readonly memory?: SerialFile
}

export class ZoneKeeper {
  readonly served: ZoneStore
  /** What a program can do with them. */
  readonly api: DnsApi
  readonly #kept: Kept
  readonly #unsubscribe: () => void

  private constructor(served: ZoneStore, unsubscribe: () => void, kept: Kept = {}) {
    this.served = served
    this.#unsubscribe = unsubscribe
    this.#kept = kept
    this.api = { ...recordsApi(served), reload: () => this.reload() }
  }

  /**
   * Reads the zones, and follows their files and the directory from then on.
   *
   * @throws ZoneError for the first thing wrong with any of them
   */
  static async open({ zones, publish }: DnsOptions, context: Context): Promise<ZoneKeeper> {
    const warn = ({ message }: ZoneError) =>
      context.log.warn({ warning: message }, 'dns: something is doubtful in a zone')
    const follow = (served: ZoneStore) => (publish ? followDirectory(served, context) : () => {})
    if (zones) {
      const served = new ZoneStore(zones.map(({ origin, text }) => loadZoneText(origin, text, warn)))
      return new ZoneKeeper(served, follow(served))
    }
    const files = new ZoneFiles(path.join(context.dataFolder, 'zones'))
    const read = await readAll(files, warn)
    const memory = await SerialFile.open(path.join(context.dataFolder, 'dns', 'serials.json'), context.log)
    const served = new ZoneStore(read, memory.serials)
    const keep = (origin: string) => memory.set(origin, served.adjustedSerial(origin))
    for (const origin of served.zones.keys()) keep(origin)
    served.onChange(({ origin }) => keep(origin))
    return new ZoneKeeper(served, follow(served), { memory, reloading: new ZoneReloader(files, served, context.log) })
  }

  /** @throws ZoneError for the first file that is wrong; its zone is served as it was */
  async reload(): Promise<void> {
    await this.#kept.reloading?.reload()
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#kept.reloading?.close()
    await this.#kept.memory?.close()
  }
}

/** At the start all have to be right. */
async function readAll(files: ZoneFiles, warn: (warning: ZoneError) => void) {
  await files.ensure()
  const { zones, problems, warnings } = await files.read()
  if (problems[0]) throw problems[0].error
  for (const warning of warnings) warn(warning)
  return zones
}

/** Publishes the services that are up, now and after every change. */
function followDirectory(served: ZoneStore, { directory }: Context): () => void {
  const publish = () => served.publish(directory.endpoints(), localAddresses)
  publish()
  return directory.onChange(publish)
}
