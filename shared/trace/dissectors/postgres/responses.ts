/** The messages of the server (https://www.postgresql.org/docs/current/protocol-message-formats.html), without values. */
import { countText, maskQuoted } from '../../sql-text.ts'
import { maskFrom, readInt16, readInt32, readText, readTexts } from './fields.ts'
import type { PostgresMessage } from './message-reader.ts'

export const RESPONSE_TYPES = '123ACDEGHIKNRSTVWZcdnstv'

/** Results that are shown: a Query can have many statements. */
const MAX_PARTS = 5
/** The class of errors in data, whose messages quote it (SQLSTATE codes, appendix A of the manual). */
const DATA_EXCEPTION = '22'

/** Returns the bytes without values: those of rows are not stored, and secrets are masked. */
export function maskResponse({ type, bytes, body }: PostgresMessage): Buffer {
  const bodyAt = bytes.length - body.length
  if (type === 'K' || type === 'd' || type === 'V') return maskFrom(bytes, bodyAt)
  // The code of the method stays, and for SASL (10) the names of the mechanisms.
  if (type === 'R') return readInt32(body) === 10 ? bytes : maskFrom(bytes, bodyAt + 4)
  if (type === 'A') return maskFrom(bytes, bodyAt + readText(body, 4).next)
  return type === 'E' || type === 'N' ? maskFrom(bytes, bodyAt) : bytes
}

const AUTHENTICATION: Readonly<Record<number, string>> = {
  0: 'AuthenticationOk',
  3: 'authentication: clear text password',
  5: 'authentication: MD5 password',
  7: 'authentication: GSSAPI',
  9: 'authentication: SSPI',
  11: 'authentication continues (masked)',
  12: 'authentication ends (masked)',
}

export function describeAuthentication({ body }: PostgresMessage): string {
  const method = readInt32(body)
  if (method === 10) return `authentication: ${readTexts(body, 4).join(', ')}`
  return AUTHENTICATION[method] ?? `authentication: method ${method}`
}

/** The fields of an ErrorResponse or NoticeResponse that are shown. DETAIL, HINT and the rest can have values. */
export interface Diagnostic {
  readonly severity: string
  /** `ERROR 23505: duplicate key value violates unique constraint "accounts_pkey"` */
  readonly summary: string
}

export function readDiagnostic({ body }: PostgresMessage): Diagnostic {
  const fields = new Map(readTexts(body).map(text => [text.charAt(0), text.slice(1)]))
  const [severity = '', code = '', message = ''] = ['S', 'C', 'M'].map(name => fields.get(name))
  const text = code.startsWith(DATA_EXCEPTION) ? maskQuoted(message) : message
  return { severity: fields.get('V') ?? severity, summary: `${severity} ${code}: ${text}` }
}

/** `NOTIFY mail (payload masked)` */
export function describeNotification({ body }: PostgresMessage): string {
  return `NOTIFY ${readText(body, 4).text} (payload masked)`
}

/** Collects what a response shows, from its first message to ReadyForQuery. */
export class ResponseSummary {
  readonly #parts: string[] = []
  #hidden = 0
  #rows = 0
  #columns = 0
  #hasRows = false

  add(message: PostgresMessage): void {
    const { type, body } = message
    if (type === 'R') this.#add(describeAuthentication(message))
    else if (type === 'S') this.#addParameter(body)
    else if (type === 'T') this.#startRows(readInt16(body, 0))
    else if (type === 'D') this.#rows += 1
    else if (type === 'C') this.#addTag(readText(body).text)
    else if (type === 'I') this.#addTag('empty query')
    else if (type === 's') this.#addTag('portal suspended')
    else if (type === 'E') this.#add(readDiagnostic(message).summary)
  }

  #addParameter(body: Buffer): void {
    const { text, next } = readText(body)
    if (text === 'server_version') this.#add(`PostgreSQL ${readText(body, next).text}`)
  }

  #startRows(columns: number): void {
    this.#columns = columns
    this.#hasRows = true
  }

  #addTag(tag: string): void {
    const rows = this.#hasRows ? ` (${countText(this.#rows, 'row')} of ${countText(this.#columns, 'column')})` : ''
    this.#add(`${tag}${rows}`)
    this.#hasRows = false
    this.#rows = 0
  }

  #add(part: string): void {
    if (this.#parts.length < MAX_PARTS) this.#parts.push(part)
    else this.#hidden += 1
  }

  get text(): string {
    const more = this.#hidden > 0 ? [`and ${this.#hidden} more`] : []
    return [...this.#parts, ...more].join('; ') || 'done'
  }
}
