/** Whom the server trusts with what: its keys, who may transfer zones and who may change them, who is told of changes. */
import { z } from 'zod'
import { parseTsigKey, readTsigKey, type TsigKey, TsigKeyError } from '../../shared/dns/tsig-key.ts'
import { UsageError } from '../../shared/errors.ts'
import { type AccessEntry, AccessList, parseAccessEntry } from './access.ts'
import { type NotifyTarget, parseNotifyTarget } from './notify/target.ts'

const keyOption = z.union(
  [
    z.string(),
    z.object({
      name: z.string().describe("the key's name, as both ends call it"),
      secret: z.string().describe('what both ends share, in base64'),
      algorithm: z.string().optional().describe('hmac-sha256 if nothing else is said'),
    }),
  ],
  'give [ALGORITHM:]NAME:SECRET, or an object with name, secret and algorithm',
)

const accessOption = z
  .string()
  .refine(
    text => parseAccessEntry(text) !== undefined,
    'give an address, a prefix like 127.0.0.0/8, key:NAME, keys (any of ours), any, or none',
  )

const notifyOption = z
  .string()
  .refine(text => parseNotifyTarget(text) !== undefined, 'give HOST:PORT or HOST:PORT@KEY, like 127.0.0.1:5301@key')

/** The options as the server's schema takes them in. */
export const trustOptions = {
  keys: z
    .array(keyOption)
    .default([])
    .describe('secrets shared with other servers and clients (TSIG): [ALGORITHM:]NAME:SECRET')
    .meta({ placeholder: 'KEY' }),
  allowTransfer: z
    .array(accessOption)
    .default(['127.0.0.0/8', '::1', 'keys'])
    .describe('who may transfer zones: addresses, prefixes, key:NAME, keys, any, none')
    .meta({ placeholder: 'WHO' }),
  allowUpdate: z
    .array(accessOption)
    .default(['keys'])
    .describe('who may change zones by UPDATE: the same')
    .meta({ placeholder: 'WHO' }),
  notify: z
    .array(notifyOption)
    .default([])
    .describe('secondaries to tell of changes: HOST:PORT, or HOST:PORT@KEY to sign')
    .meta({ placeholder: 'SECONDARY' }),
}

/** What they say. */
export type TrustOptions = z.output<z.ZodObject<typeof trustOptions>>

/** A server that is told of changes. */
export type Secondary = Omit<NotifyTarget, 'key'> & { readonly key: TsigKey | undefined }

export interface Trust {
  readonly keys: readonly TsigKey[]
  readonly transfer: AccessList
  readonly update: AccessList
  readonly secondaries: readonly Secondary[]
}

/** @throws UsageError for a key that cannot be read, is there twice, or is named and not there */
export function readTrust(options: TrustOptions): Trust {
  const keys = options.keys.map(readKey)
  const named = new Map(keys.map(key => [key.name, key]))
  if (named.size < keys.length) throw new UsageError('dns.keys: two keys have the same name')
  const find = (name: string, option: string) => {
    const key = named.get(name)
    if (key) return key
    throw new UsageError(`dns.${option}: there is no key ${JSON.stringify(name)} among dns.keys`)
  }
  const list = (option: 'allowTransfer' | 'allowUpdate') => {
    const access = new AccessList(options[option].map(parseAccessEntry).filter(isEntry))
    for (const name of access.keys) find(name, option)
    return access
  }
  const secondaries = options.notify
    .map(parseNotifyTarget)
    .filter(target => target !== undefined)
    .map(target => ({ ...target, key: target.key === undefined ? undefined : find(target.key, 'notify') }))
  return { keys, transfer: list('allowTransfer'), update: list('allowUpdate'), secondaries }
}

function isEntry(entry: AccessEntry | undefined): entry is AccessEntry {
  return entry !== undefined
}

function readKey(written: z.output<typeof keyOption>): TsigKey {
  try {
    return typeof written === 'string' ? parseTsigKey(written) : readTsigKey(written)
  } catch (cause) {
    if (cause instanceof TsigKeyError) throw new UsageError(`dns.keys: ${cause.message}`, { cause })
    throw cause
  }
}
