/** Quotes the input of a program in an error. Pure. */

/** Characters of an input that an error quotes. */
const MAX_QUOTED_LENGTH = 200

/** Quotes an input of a program: it may contain functions, and it may be circular. */
export function quoteInput(value: unknown): string {
  const text = stringify(value)
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}...` : text
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, quotePart) ?? String(value)
  } catch {
    return String(value)
  }
}

/** Replaces what JSON cannot have, and what is long. The value of bytes is already converted. */
function quotePart(this: Readonly<Record<string, unknown>>, key: string, converted: unknown): unknown {
  const value = this[key]
  if (value instanceof Uint8Array) return `(${value.length} bytes)`
  if (typeof value === 'function') return '(function)'
  if (typeof value === 'string' && value.length > MAX_QUOTED_LENGTH) return value.slice(0, MAX_QUOTED_LENGTH)
  return typeof value === 'bigint' || value instanceof RegExp ? String(value) : converted
}
