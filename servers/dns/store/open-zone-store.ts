/** Opens the zone store: loads the zones, reloads changed files, and publishes the records of the running services. */
import path from 'node:path'
import type { Context } from '../../../shared/service.ts'
import { loadZoneText } from '../master-file/load-zone-text.ts'
import { ZoneFiles } from '../master-file/zone-files.ts'
import type { DnsOptions } from '../options.ts'
import type { Zone } from '../zone/zone.ts'
import type { ZoneError } from '../zone/zone-error.ts'
import { localAddresses } from './local-addresses.ts'
import { SerialFile } from './serial-file.ts'
import { ZoneReloader } from './zone-reloader.ts'
import { ZoneStore } from './zone-store.ts'

/** A zone store, with what keeps it up to date: file watchers and the file of serials. */
export interface OpenZoneStore {
  readonly store: ZoneStore
  /** Reads changed zone files. @throws ZoneError for the first invalid file; its zone is served unchanged */
  reload(): Promise<void>
  close(): Promise<void>
}

/**
 * Loads the zones and keeps them up to date until `close`.
 *
 * @throws ZoneError for the first error in any of them
 */
export async function openZoneStore(options: DnsOptions, context: Context): Promise<OpenZoneStore> {
  const { zones } = options
  const opened = zones ? openTexts(zones, context) : await openFiles(context)
  const unsubscribe = options.publish ? publishServices(opened.store, context) : () => {}
  return {
    ...opened,
    close: () => {
      unsubscribe()
      return opened.close()
    },
  }
}

/** Zones given as text have no files to reload, and their serials are not stored. */
function openTexts(zones: NonNullable<DnsOptions['zones']>, context: Context): OpenZoneStore {
  const texts = Array.isArray(zones) ? zones : Object.entries(zones).map(([origin, text]) => ({ origin, text }))
  const store = new ZoneStore(texts.map(({ origin, text }) => loadZoneText(origin, text, logWarning(context))))
  return { store, reload: async () => {}, close: async () => {} }
}

async function openFiles(context: Context): Promise<OpenZoneStore> {
  const { dataFolder, log } = context
  const files = new ZoneFiles(path.join(dataFolder, 'zones'))
  const zones = await loadAll(files, logWarning(context))
  const serials = await SerialFile.open(path.join(dataFolder, 'dns', 'serials.json'), log)
  const store = new ZoneStore(zones, serials.serials)
  const saveSerial = (origin: string) => serials.set(origin, store.adjustedSerial(origin))
  for (const origin of store.zones.keys()) saveSerial(origin)
  store.onChange(({ origin }) => saveSerial(origin))
  const reloader = new ZoneReloader(files, store, log)
  return {
    store,
    reload: () => reloader.reload(),
    close: async () => {
      await reloader.close()
      await serials.close()
    },
  }
}

/** When the server starts, every file must be valid. */
async function loadAll(files: ZoneFiles, warn: (warning: ZoneError) => void): Promise<readonly Zone[]> {
  await files.ensure()
  const { zones, failures, warnings } = await files.load()
  if (failures[0]) throw failures[0].error
  for (const warning of warnings) warn(warning)
  return zones
}

function logWarning({ log }: Context): (warning: ZoneError) => void {
  return ({ message }) => log.warn({ warning: message }, 'dns: zone warning')
}

/** Publishes the running services now and after every change. Returns a function that stops that. */
function publishServices(store: ZoneStore, { directory }: Context): () => void {
  const publish = () => store.publish(directory.endpoints(), localAddresses)
  publish()
  return directory.onChange(publish)
}
