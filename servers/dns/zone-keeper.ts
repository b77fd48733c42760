/** The zones of one server from start to end: read, kept as their files are, and with what is up published in them. */
import path from 'node:path'
import type { Context } from '../../shared/service.ts'
import type { DnsOptions } from './index.ts'
import { type DnsApi, recordsApi } from './records-api.ts'
import { ownAddresses } from './zone/own-addresses.ts'
import { Reloading } from './zone/reloading.ts'
import { ServedZones } from './zone/served-zones.ts'
import type { ZoneError } from './zone/zone-error.ts'
import { ZoneFiles, zoneFromText } from './zone/zone-files.ts'

export class ZoneKeeper {
  readonly served: ServedZones
  /** What a program can do with them. */
  readonly api: DnsApi
  /** Undefined where zones are given as text: there is nothing to read again. */
  readonly #reloading: Reloading | undefined
  readonly #unsubscribe: () => void

  private constructor(served: ServedZones, unsubscribe: () => void, reloading?: Reloading) {
    this.served = served
    this.#unsubscribe = unsubscribe
    this.#reloading = reloading
    this.api = { ...recordsApi(served), reload: () => this.reload() }
  }

  /**
   * Reads the zones, and follows their files and the directory from then on.
   *
   * @throws ZoneError for the first thing wrong with any of them
   */
  static async open({ zones, publish }: DnsOptions, context: Context): Promise<ZoneKeeper> {
    const files = zones ? undefined : new ZoneFiles(path.join(context.dataFolder, 'zones'))
    const warn = ({ message }: ZoneError) =>
      context.log.warn({ warning: message }, 'dns: something is doubtful in a zone')
    const read = files
      ? await readAll(files, warn)
      : (zones ?? []).map(({ origin, text }) => zoneFromText(origin, text, warn))
    const served = new ServedZones(read)
    const unsubscribe = publish ? followDirectory(served, context) : () => {}
    return new ZoneKeeper(served, unsubscribe, files && new Reloading(files, served, context.log))
  }

  /** @throws ZoneError for the first file that is wrong; its zone is served as it was */
  async reload(): Promise<void> {
    await this.#reloading?.reload()
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#reloading?.close()
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
