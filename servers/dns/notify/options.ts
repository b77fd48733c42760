/** The option of NOTIFY: the secondaries. */
import * as z from 'zod'
import type { TsigKey } from '../../../shared/dns/tsig/key.ts'
import type { Keys } from '../access/keys.ts'
import { type NotifyTarget, parseNotifyTarget } from './notify-target.ts'

const secondaryOption = z
  .string()
  .refine(text => parseNotifyTarget(text) !== undefined, 'give HOST:PORT or HOST:PORT@KEY, such as 127.0.0.1:5301@key')

export const notifyOptions = {
  notify: z
    .array(secondaryOption)
    .default([])
    .describe('secondaries to notify of changes: HOST:PORT, or HOST:PORT@KEY to sign')
    .meta({ placeholder: 'SECONDARY' }),
}

/** A secondary to notify, with its key. */
export type Secondary = Omit<NotifyTarget, 'key'> & { readonly key: TsigKey | undefined }

/** Looks up the keys of the secondaries. @throws UsageError if a key is unknown */
export function readSecondaries(texts: readonly string[], keys: Keys): Secondary[] {
  return texts
    .map(parseNotifyTarget)
    .filter(target => target !== undefined)
    .map(target => ({ ...target, key: target.key === undefined ? undefined : keys.find(target.key, 'notify') }))
}
