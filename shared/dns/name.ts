/**
 * Domain names (RFC 1035, sections 2.3.4 and 5.1). A name is text without the trailing dot; the root is `.`. Special
 * bytes are escaped (`\.`, `\032`) in one canonical way, so two names are equal if their folded texts are equal.
 */
import { excerpt } from './excerpt.ts'

/** Invalid name: an empty or overlong label, an overlong name, or an invalid escape. The message quotes the name. */
export class NameError extends Error {
  override readonly name = 'NameError'
}

export const ROOT = '.'

/** RFC 1035, section 2.3.4. */
export const MAX_LABEL_BYTES = 63
/** RFC 1035, section 2.3.4: in wire format, with the length bytes and the root's. */
export const MAX_NAME_BYTES = 255
/** Every byte as an escape of four characters. Longer names are rejected before they are split. */
const MAX_PRESENTATION_LENGTH = 4 * MAX_NAME_BYTES

/** One part of a name in presentation format: an escaped byte, an escaped character, a dot, or plain text. */
const PARTS = /\\(\d{3})|\\([^\d])|(\.)|([^\\.]+)/gsu
/** Most names need no escape. */
const PLAIN = /^[\w*-]+(?:\.[\w*-]+)*\.?$/

/**
 * Parses a name in presentation format. Appends `origin` to a name that does not end in a dot.
 *
 * @throws NameError if a label is empty or too long, the name is too long, or an escape is invalid
 */
export function parseName(text: string, origin: string = ROOT): string {
  if (text === ROOT) return ROOT
  return parsePlain(text, origin) ?? parseAny(text, origin)
}

/** The fast path for zones of millions of names: names without escapes, too short to contain an overlong label. */
function parsePlain(text: string, origin: string): string | undefined {
  if (text.length > MAX_LABEL_BYTES || !PLAIN.test(text)) return undefined
  const absolute = text.endsWith('.')
  const name = absolute || origin === ROOT ? text.slice(0, absolute ? -1 : undefined) : `${text}.${origin}`
  // In wire format it is two bytes longer: the first length byte, and the root's.
  return name.length <= MAX_NAME_BYTES - 2 ? name : undefined
}

function parseAny(text: string, origin: string): string {
  if (text.length > MAX_PRESENTATION_LENGTH) throw tooLong(text)
  const labels = PLAIN.test(text) ? text.split('.') : splitEscaped(text)
  const absolute = labels.at(-1) === ''
  if (absolute) labels.pop()
  if (labels.length === 0 || labels.includes('')) throw invalid(text, 'empty label')
  const name = labels.join('.')
  return checkLengths(absolute || origin === ROOT ? name : `${name}.${origin}`, text)
}

/** Returns the labels with canonical escapes; the last one is empty if the name is absolute. */
function splitEscaped(text: string): string[] {
  const labels = ['']
  let end = 0
  for (const { 0: all, 1: decimal, 2: escaped, 3: dot, 4: plain, index } of text.matchAll(PARTS)) {
    if (index !== end || Number(decimal) > 255) break
    end += all.length
    if (dot) labels.push('')
    else labels[labels.length - 1] += decimal ? escapeByte(Number(decimal)) : escapeText(escaped ?? plain ?? '')
  }
  if (end !== text.length) throw invalid(text, 'invalid escape')
  return labels
}

function escapeText(text: string): string {
  return PLAIN.test(text) ? text : Array.from(Buffer.from(text, 'utf8'), escapeByte).join('')
}

/** Characters with a special meaning in master files (RFC 1035, section 5.1). */
const SPECIAL = new Set(Buffer.from('.\\"();@$'))

/** Precomputed, since a message can contain many names full of bytes to escape. */
const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`
  return (SPECIAL.has(byte) ? '\\' : '') + String.fromCharCode(byte)
})

/** Returns one byte of a label in presentation format. */
export function escapeByte(byte: number): string {
  return ESCAPED[byte & 0xff] ?? ''
}

function checkLengths(name: string, input: string): string {
  if (labelsOf(name).some(label => labelLength(label) > MAX_LABEL_BYTES)) {
    throw invalid(input, `label longer than ${MAX_LABEL_BYTES} bytes`)
  }
  if (nameLength(name) > MAX_NAME_BYTES) throw tooLong(input)
  return name
}

function tooLong(input: string): NameError {
  return invalid(input, `longer than ${MAX_NAME_BYTES} bytes`)
}

function invalid(input: string, reason: string): NameError {
  return new NameError(`${excerpt(input)} is not a valid name: ${reason}`)
}

function labelLength(label: string): number {
  return label.includes('\\') ? labelToBytes(label).length : label.length
}

/** Returns the number of bytes of the uncompressed name in wire format. */
export function nameLength(name: string): number {
  return labelsOf(name).reduce((sum, label) => sum + labelLength(label) + 1, 1)
}

/** Returns the labels, the top-level one last: `www`, `fourwire`, `test`. The root has none. */
export function labelsOf(name: string): string[] {
  if (name === ROOT) return []
  return name.includes('\\') ? (name.match(/(?:\\.|[^\\.])+/gs) ?? []) : name.split('.')
}

const ESCAPES = /\\(\d{3}|.)/g

/** Returns the bytes of a label that is in presentation format. */
export function labelToBytes(label: string): Buffer {
  const plain = label.replace(ESCAPES, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
  )
  return Buffer.from(plain, 'latin1')
}

/** Folds the name to lower case, to compare it and to look it up (RFC 4343). */
export function fold(name: string): string {
  return name.toLowerCase()
}

/** Returns the name without its first label; undefined for the root. */
export function parentOf(name: string): string | undefined {
  if (name === ROOT) return undefined
  const dot = firstDot(name)
  return dot < 0 ? ROOT : name.slice(dot + 1)
}

/** Returns the index of the dot after the first label; negative if there is only one label. */
export function firstDot(name: string): number {
  let dot = name.indexOf('.')
  while (dot > 0 && isEscaped(name, dot)) dot = name.indexOf('.', dot + 1)
  return dot
}

function isEscaped(name: string, at: number): boolean {
  let backslashes = 0
  while (name[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

/** Returns true for `zone` itself and for all names below it. Both names must be folded. */
export function isAtOrBelow(name: string, zone: string): boolean {
  if (zone === ROOT || name === zone) return true
  if (!name.endsWith(zone)) return false
  const dot = name.length - zone.length - 1
  return name[dot] === '.' && !isEscaped(name, dot)
}

/** Returns the fully qualified name with its trailing dot, as dig and master files write it. */
export function absolute(name: string): string {
  return name === ROOT ? ROOT : `${name}.`
}
