/** The argument of MAIL and RCPT: a path and parameters (RFC 5321, section 4.1.2; RFC 6531 for UTF-8). Pure. */
import { ipAddressBytes } from '../../../shared/net/ip-address-bytes.ts'

/** A mailbox as the client sent it. Nothing is changed: the local part is case-sensitive (section 2.4). */
export interface Mailbox {
  /** `alice@fourwire.test`, `"john doe"@[127.0.0.1]`, or `postmaster`. */
  readonly address: string
  /** With its quotes, if it has any. */
  readonly localPart: string
  /** A domain, or an address literal in brackets; undefined for `<Postmaster>`. */
  readonly domain: string | undefined
  /** True if the address needs SMTPUTF8. */
  readonly isInternational: boolean
}

/** An ESMTP parameter; `value` is undefined for a keyword without `=`. */
export interface Parameter {
  /** Upper case. */
  readonly keyword: string
  readonly value: string | undefined
}

export interface PathArgument {
  /** Undefined for the null reverse-path `<>`. */
  readonly mailbox: Mailbox | undefined
  readonly parameters: readonly Parameter[]
}

/**
 * - `syntax`: not of the form `FROM:<path>`, or a parameter is malformed.
 * - `path`: the path is not one.
 * - `length`: the path or a part of it is too long.
 */
export type PathProblem = 'syntax' | 'path' | 'length'

/** RFC 5321, section 4.5.3.1: octets of a local part, a domain, and a path with its angle brackets. */
const MAX_LOCAL_PART = 64
const MAX_DOMAIN = 255
const MAX_PATH = 256
/** RFC 1035, section 2.3.4. */
const MAX_LABEL = 63

const ATEXT = "[\\w!#$%&'*+\\-/=?^`{|}~\\u0080-\\u{10FFFF}]"
const DOT_STRING = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`, 'u')
/** `qtextSMTP` and `quoted-pairSMTP`; RFC 6531 adds UTF-8. */
const QUOTED_STRING = /^"(?:[ !#-[\]-~\u0080-\u{10FFFF}]|\\[ -~])*"$/u
const LABEL = /^[a-z\d\u0080-\u{10FFFF}](?:[a-z\d\u0080-\u{10FFFF}-]*[a-z\d\u0080-\u{10FFFF}])?$/iu
/** Section 4.1.2: servers accept a source route and ignore it (appendix C). */
const SOURCE_ROUTE = /^@[^\s,:@<>]+(?:,@[^\s,:@<>]+)*:/
const PARAMETER = /^([a-z\d][a-z\d-]*)(?:=([!-<>-~\u0080-\u{10FFFF}]+))?$/iu
/** Characters that are invisible, or that act on a terminal: they make one address look like another. */
const INVISIBLE = /[\p{Cc}\u200B\u200E\u200F\u2028-\u202E\u2060\uFEFF]/u

/**
 * Parses `FROM:<alice@fourwire.test> SIZE=100`, the argument after the verb.
 *
 * @param keyword `FROM` or `TO`
 */
export function parsePathArgument(argument: string, keyword: 'FROM' | 'TO'): PathArgument | PathProblem {
  const match = new RegExp(`^${keyword}:\\s*<`, 'i').exec(argument)
  const end = match ? endOfPath(argument, match[0].length) : -1
  if (!match || end < 0) return 'syntax'
  const parameters = parseParameters(argument.slice(end + 1))
  if (!parameters) return 'syntax'
  const path = argument.slice(match[0].length, end)
  if (path === '' && keyword === 'FROM') return { mailbox: undefined, parameters }
  const mailbox = parsePath(path, keyword)
  return typeof mailbox === 'string' ? mailbox : { mailbox, parameters }
}

/** Returns the position of the `>` that ends the path: one in a quoted string does not. */
function endOfPath(text: string, start: number): number {
  let isQuoted = false
  for (let position = start; position < text.length; position += 1) {
    const character = text[position]
    if (isQuoted && character === '\\') position += 1
    else if (character === '"') isQuoted = !isQuoted
    else if (character === '>' && !isQuoted) return position
  }
  return -1
}

function parseParameters(text: string): Parameter[] | undefined {
  if (text.trim() === '') return []
  if (!/^\s/.test(text)) return undefined
  const parameters: Parameter[] = []
  for (const word of text.trim().split(/\s+/)) {
    const [, keyword, value] = PARAMETER.exec(word) ?? []
    if (keyword === undefined) return undefined
    parameters.push({ keyword: keyword.toUpperCase(), value })
  }
  return parameters
}

function parsePath(path: string, keyword: 'FROM' | 'TO'): Mailbox | PathProblem {
  const address = path.replace(SOURCE_ROUTE, '')
  if (Buffer.byteLength(path) + 2 > MAX_PATH) return 'length'
  if (INVISIBLE.test(address)) return 'path'
  if (keyword === 'TO' && address.toLowerCase() === 'postmaster') {
    return { address, localPart: address, domain: undefined, isInternational: false }
  }
  const at = address.lastIndexOf('@')
  const [localPart, domain] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)]
  if (Buffer.byteLength(localPart) > MAX_LOCAL_PART || Buffer.byteLength(domain) > MAX_DOMAIN) return 'length'
  const isValid = (DOT_STRING.test(localPart) || QUOTED_STRING.test(localPart)) && isDomain(domain)
  return isValid ? { address, localPart, domain, isInternational: /[^\0-\x7f]/.test(address) } : 'path'
}

function isDomain(domain: string): boolean {
  const literal = /^\[(?:(IPv6:)(.*)|(.*))\]$/i.exec(domain)
  if (literal) return literal[1] === undefined ? isAddress(literal[3], 4) : isAddress(literal[2], 16)
  return domain.split('.').every(label => LABEL.test(label) && Buffer.byteLength(label) <= MAX_LABEL)
}

/** @param length bytes of the address: 4 for IPv4, 16 for IPv6 */
function isAddress(text: string | undefined, length: number): boolean {
  if (text === undefined || text.includes('%')) return false
  try {
    return ipAddressBytes(text).length === length
  } catch {
    return false
  }
}
