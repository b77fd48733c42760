/**
 * Domain names (RFC 1035, sections 2.3.4 and 5.1). A name is text without a last dot, `.` for the root. A byte that
 * would read as something else is escaped (`\.`, `\032`), and always in the same way, so two names are the same name
 * when their folded texts are equal.
 */
import { excerpt } from './excerpt.ts'

/** The name is none: empty or overlong labels, a broken escape. The message quotes it. */
export class NameError extends Error {
  override readonly name = 'NameError'
}

export const ROOT = '.'

/** RFC 1035, section 2.3.4. */
export const MAX_LABEL_BYTES = 63
/** RFC 1035, section 2.3.4: as on the wire, with the length bytes and the root's. */
export const MAX_NAME_BYTES = 255
/** Four characters to a byte, every one of them escaped: what is longer need not be taken apart to be refused. */
const MAX_WRITTEN_NAME = 4 * MAX_NAME_BYTES

/** One part of a written name: an escaped byte, an escaped character, a dot, or plain text. */
const PARTS = /\\(\d{3})|\\([^\d])|(\.)|([^\\.]+)/gsu
/** What a label can hold without any escape: most names are this and nothing else. */
const PLAIN = /^[\w*-]+(?:\.[\w*-]+)*\.?$/

/**
 * Reads a name as people and master files write it. A name that does not end in a dot is completed with `origin`.
 *
 * @throws NameError for an empty or overlong label, an overlong name or a broken escape
 */
export function parseName(text: string, origin: string = ROOT): string {
  if (text === ROOT) return ROOT
  return parsePlain(text, origin) ?? parseWritten(text, origin)
}

/** Most names are plain and too short to be wrong: large zones have millions of them. */
function parsePlain(text: string, origin: string): string | undefined {
  if (text.length > MAX_LABEL_BYTES || !PLAIN.test(text)) return undefined
  const absolute = text.endsWith('.')
  const name = absolute || origin === ROOT ? text.slice(0, absolute ? -1 : undefined) : `${text}.${origin}`
  // On the wire it takes two bytes more: the first length, and the root's.
  return name.length <= MAX_NAME_BYTES - 2 ? name : undefined
}

function parseWritten(text: string, origin: string): string {
  if (text.length > MAX_WRITTEN_NAME) throw tooLong(text)
  const labels = PLAIN.test(text) ? text.split('.') : splitWritten(text)
  const absolute = labels.at(-1) === ''
  if (absolute) labels.pop()
  if (labels.length === 0 || labels.includes('')) throw new NameError(`${excerpt(text)} has an empty label`)
  const below = labels.join('.')
  return checked(absolute || origin === ROOT ? below : `${below}.${origin}`, text)
}

/** The labels of a written name in their canonical escapes; an absolute name gives an empty last one. */
function splitWritten(text: string): string[] {
  const labels = ['']
  let end = 0
  for (const { 0: all, 1: decimal, 2: escaped, 3: dot, 4: plain, index } of text.matchAll(PARTS)) {
    if (index !== end || Number(decimal) > 255) break
    end += all.length
    if (dot) labels.push('')
    else labels[labels.length - 1] += decimal ? escapeByte(Number(decimal)) : escapeText(escaped ?? plain ?? '')
  }
  if (end !== text.length) throw new NameError(`${excerpt(text)} has a broken escape in it`)
  return labels
}

function escapeText(text: string): string {
  return PLAIN.test(text) ? text : Array.from(Buffer.from(text, 'utf8'), escapeByte).join('')
}

/** The bytes that a master file would take for something else (RFC 1035, section 5.1). */
const SPECIAL = new Set(Buffer.from('.\\"();@$'))

/** Every byte as it is written: a message can hold many names of many bytes that need it. */
const ESCAPED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`
  return (SPECIAL.has(byte) ? '\\' : '') + String.fromCharCode(byte)
})

/** One byte of a label as it is written. */
export function escapeByte(byte: number): string {
  return ESCAPED[byte & 0xff] ?? ''
}

function checked(name: string, written: string): string {
  if (labelsOf(name).some(label => labelLength(label) > MAX_LABEL_BYTES)) {
    throw new NameError(`${excerpt(written)} has a label of more than ${MAX_LABEL_BYTES} bytes`)
  }
  if (nameLength(name) > MAX_NAME_BYTES) throw tooLong(written)
  return name
}

function tooLong(written: string): NameError {
  return new NameError(`${excerpt(written)} is longer than a name may be (${MAX_NAME_BYTES} bytes)`)
}

function labelLength(label: string): number {
  return label.includes('\\') ? labelToBytes(label).length : label.length
}

/** How many bytes the name takes on the wire, uncompressed. */
export function nameLength(name: string): number {
  return labelsOf(name).reduce((sum, label) => sum + labelLength(label) + 1, 1)
}

/** The labels, outermost last: `www`, `fourwire`, `test`; none for the root. */
export function labelsOf(name: string): string[] {
  if (name === ROOT) return []
  return name.includes('\\') ? (name.match(/(?:\\.|[^\\.])+/gs) ?? []) : name.split('.')
}

const ESCAPES = /\\(\d{3}|.)/g

/** The bytes of one label in canonical escapes. */
export function labelToBytes(label: string): Buffer {
  const plain = label.replace(ESCAPES, (_, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
  )
  return Buffer.from(plain, 'latin1')
}

/** The same name with its letters small: what to compare and to look up by (RFC 4343). */
export function fold(name: string): string {
  return name.toLowerCase()
}

/** The name one label up; undefined for the root. */
export function parentOf(name: string): string | undefined {
  if (name === ROOT) return undefined
  const dot = firstDot(name)
  return dot < 0 ? ROOT : name.slice(dot + 1)
}

/** Where the first label ends. */
export function firstDot(name: string): number {
  let dot = name.indexOf('.')
  while (dot > 0 && isEscaped(name, dot)) dot = name.indexOf('.', dot + 1)
  return dot
}

function isEscaped(name: string, at: number): boolean {
  let slashes = 0
  while (name[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}

/** True for `zone` itself and every name under it; both folded. */
export function isAtOrBelow(name: string, zone: string): boolean {
  if (zone === ROOT || name === zone) return true
  if (!name.endsWith(zone)) return false
  const dot = name.length - zone.length - 1
  return name[dot] === '.' && !isEscaped(name, dot)
}

/** The name as dig and master files write an absolute one: with its last dot. */
export function absolute(name: string): string {
  return name === ROOT ? ROOT : `${name}.`
}
