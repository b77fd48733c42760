/** A secondary as it is written: `HOST[:PORT][@KEY]`, an IPv6 address in brackets. Pure. */
import { parseKeyName } from '../access/key-name.ts'

/** DNS's own port. */
const DEFAULT_PORT = 53

/** A server that is told of changes, as it is written. */
export interface NotifyTarget {
  readonly host: string
  readonly port: number
  /** The name of the key to sign with, folded. */
  readonly key?: string | undefined
}

const TARGET = /^(?:\[([\da-fA-F:.]+)\]|([^\s:@[\]]+))(?::(\d{1,5}))?(?:@([^@\s]+))?$/

/** Reads a secondary; undefined for what is none. */
export function parseNotifyTarget(text: string): NotifyTarget | undefined {
  const match = TARGET.exec(text)
  if (!match) return undefined
  const [, six, plain = '', port = String(DEFAULT_PORT), key] = match
  const number = Number(port)
  const name = key === undefined ? undefined : parseKeyName(key)
  if (number < 1 || number > 65_535 || (key !== undefined && name === undefined)) return undefined
  return { host: six ?? plain, port: number, key: name }
}
