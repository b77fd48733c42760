/** Names of keys in options. Pure. */
import { fold, parseName } from '../../../shared/dns/name.ts'

/** Returns the folded name; undefined if the text is not a domain name. */
export function parseKeyName(text: string): string | undefined {
  try {
    return fold(parseName(text))
  } catch {
    return undefined
  }
}
