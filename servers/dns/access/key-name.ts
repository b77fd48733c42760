/** Names of keys in options. Pure. */
import { fold, parseName } from '../../../shared/dns/name.ts'

/** The folded name; undefined if the text is no domain name. */
export function parseKeyName(text: string): string | undefined {
  try {
    return fold(parseName(text))
  } catch {
    return undefined
  }
}
