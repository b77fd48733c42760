/** Parses the secondaries of the option `notify`: `HOST[:PORT][@KEY]`, an IPv6 address in brackets. Pure. */
import { parseKeyName } from '../access/key-name.ts'

const DEFAULT_PORT = 53

/** A secondary to notify, as given in the options. */
export interface NotifyTarget {
  readonly host: string
  readonly port: number
  /** The name of the key to sign with, folded. */
  readonly key?: string | undefined
}

const TARGET = /^(?:\[([\da-fA-F:.]+)\]|([^\s:@[\]]+))(?::(\d{1,5}))?(?:@([^@\s]+))?$/

/** Parses a secondary; returns undefined if the text is invalid. */
export function parseNotifyTarget(text: string): NotifyTarget | undefined {
  const match = TARGET.exec(text)
  if (!match) return undefined
  const [, ipv6, host = '', portText = String(DEFAULT_PORT), keyText] = match
  const port = Number(portText)
  const key = keyText === undefined ? undefined : parseKeyName(keyText)
  if (port < 1 || port > 65_535 || (keyText !== undefined && key === undefined)) return undefined
  return { host: ipv6 ?? host, port, key }
}
