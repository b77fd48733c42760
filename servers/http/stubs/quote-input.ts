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
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value === 'bigint' || value instanceof RegExp) return String(value)
  return isInstance(value) && converted === value ? `(${value.constructor.name})` : converted
}

/** True for an instance of a class, whose properties JSON does not show: `Headers`, `Map`, a stream. */
function isInstance(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== Object.prototype && prototype !== null
}
