/** The messages of the client (https://www.postgresql.org/docs/current/protocol-message-formats.html), without values. */
import { compactSql, countText, maskLiterals } from '../../sql-text.ts'
import { maskFrom, readInt16, readInt32, readText, readTexts } from './fields.ts'
import type { PostgresMessage } from './message-reader.ts'

/** The types of messages with their names. */
const NAMES: Readonly<Record<string, string>> = {
  B: 'Bind',
  C: 'Close',
  D: 'Describe',
  E: 'Execute',
  F: 'FunctionCall',
  H: 'Flush',
  P: 'Parse',
  Q: 'Query',
  S: 'Sync',
  X: 'Terminate',
  c: 'CopyDone',
  d: 'CopyData',
  f: 'CopyFail',
  p: 'password',
}
export const REQUEST_TYPES = Object.keys(NAMES).join('')

/** Codes in the place of the version of the protocol. */
const CANCEL_REQUEST = 80_877_102
const ENCRYPTION_REQUESTS: Readonly<Record<number, string>> = { 80877103: 'SSLRequest', 80877104: 'GSSENCRequest' }

/** True for a message without a type that offers encryption. The server responds with one byte. */
export function isEncryptionRequest({ body }: PostgresMessage): boolean {
  return ENCRYPTION_REQUESTS[readInt32(body)] !== undefined
}

/** What a request shows of a message without a type. */
export function dissectStartup(message: PostgresMessage): { readonly summary: string; readonly bytes: Buffer } {
  const { body, bytes } = message
  const code = readInt32(body)
  if (code === CANCEL_REQUEST) return { summary: 'CancelRequest (key masked)', bytes: maskFrom(bytes, 8) }
  return { summary: ENCRYPTION_REQUESTS[code] ?? describeStartup(code, body), bytes }
}

function describeStartup(code: number, body: Buffer): string {
  const texts = readTexts(body, 4)
  const parameters = texts.flatMap((text, index) => (index % 2 === 0 ? [`${text}=${texts[index + 1] ?? ''}`] : []))
  return [`StartupMessage ${code >>> 16}.${code & 0xffff}`, ...parameters].join(' ')
}

/** What a request shows of one message. */
export interface RequestPart {
  readonly name: string
  /** The statement of Query and Parse. */
  readonly sql?: string
  /** The number of values in Bind. */
  readonly parameters?: number
  /** The bytes without values. */
  readonly bytes: Buffer
}

export function dissectRequest({ type, bytes, body }: PostgresMessage): RequestPart {
  const name = NAMES[type] ?? type
  const bodyAt = bytes.length - body.length
  if (type === 'Q') {
    const sql = maskLiterals(readText(body).text)
    return { name, sql: compactSql(sql), bytes: Buffer.concat([bytes.subarray(0, bodyAt), Buffer.from(`${sql}\0`)]) }
  }
  if (type === 'P') return { name, sql: compactSql(readText(body, readText(body).next).text), bytes }
  if (type === 'B') {
    const { parameters, valuesAt } = readBind(body)
    return { name, parameters, bytes: maskFrom(bytes, bodyAt + valuesAt) }
  }
  // The others have names of statements and portals, or secrets and content.
  return { name, bytes: 'CDEHSX'.includes(type) ? bytes : maskFrom(bytes, bodyAt) }
}

/** Bind has the names of portal and statement, formats, and values. */
function readBind(body: Buffer): { parameters: number; valuesAt: number } {
  const formatsAt = readText(body, readText(body).next).next
  const countAt = formatsAt + 2 + 2 * readInt16(body, formatsAt)
  return { parameters: readInt16(body, countAt), valuesAt: countAt + 2 }
}

/** Describes the messages up to Query or Sync: the statements and the number of values, or else the names of the messages. */
export function describeRequest(parts: readonly RequestPart[]): string {
  const statements = parts.flatMap(({ sql = '' }) => (sql === '' ? [] : [sql]))
  const parameters = parts.reduce((total, part) => total + (part.parameters ?? 0), 0)
  const text = statements.join('; ') || parts.map(({ name }) => name).join(', ')
  return parameters === 0 ? text : `${text} (${countText(parameters, 'parameter')} masked)`
}
