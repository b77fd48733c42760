/** The zones of one server from start to end: read, kept as their files are, and with what is up published in them. */
import path from 'node:path'
import type { Context } from '../../../shared/service.ts'
import { ZoneFiles, zoneFromText } from '../master-file/zone-files.ts'
import type { DnsOptions } from '../options.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import { ownAddresses } from './local-addresses.ts'
import { type DnsApi, recordsApi } from './records-api.ts'
import { SerialMemory } from './serial-file.ts'
import { Reloading } from './zone-reloader.ts'
import { ServedZones } from './zone-store.ts'

/** What there is of zones in files only: where they are given as text there is nothing to read again, or to go on from. */
interface Kept {
  readonly reloading?: Reloading
  readonly memory?: SerialMemory
}

export class ZoneKeeper {
  readonly served: ServedZones
  /** What a program can do with them. */
  readonly api: DnsApi
  readonly #kept: Kept
  readonly #unsubscribe: () => void

  private constructor(served: ServedZones, unsubscribe: () => void, kept: Kept = {}) {
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
    const follow = (served: ServedZones) => (publish ? followDirectory(served, context) : () => {})
    if (zones) {
      const served = new ServedZones(zones.map(({ origin, text }) => zoneFromText(origin, text, warn)))
      return new ZoneKeeper(served, follow(served))
    }
    const files = new ZoneFiles(path.join(context.dataFolder, 'zones'))
    const read = await readAll(files, warn)
    const memory = await SerialMemory.open(path.join(context.dataFolder, 'dns', 'serials.json'), context.log)
    const served = new ServedZones(read, memory.serials)
    const keep = (origin: string) => memory.keep(origin, served.ownSerial(origin))
    for (const origin of served.zones.keys()) keep(origin)
    served.onChange(({ origin }) => keep(origin))
    return new ZoneKeeper(served, follow(served), { memory, reloading: new Reloading(files, served, context.log) })
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
function followDirectory(served: ServedZones, { directory }: Context): () => void {
  const publish = () => served.publish(directory.endpoints(), ownAddresses)
  publish()
  return directory.onChange(publish)
}
