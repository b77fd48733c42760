/** The name of a key, where a person names one. Pure. */
import { fold, parseName } from '../../../shared/dns/name.ts'

/** The name, folded; undefined for what is no domain name. */
export function parseKeyName(text: string): string | undefined {
  try {
    return fold(parseName(text))
  } catch {
    return undefined
  }
}
