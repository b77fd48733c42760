/**
 * Describes HTTP/1.x messages (RFC 9112) for the trace, when a listener reads them. The dissector uses it, and a server that has
 * parsed a message itself: it emits the results with `conversation.emitDissected`, in place of the tap and the dissector.
 *
 * - Emit a head once it is complete, and a body once it is complete or was interrupted, if it is not empty. Bytes that are not a
 *   head are an `emitError`.
 * - `exchange` counts the requests of the connection from 1, also malformed ones and those that were not traced. A response, 1xx
 *   too, has the number of its request. So the events join with those of the client's dissector.
 * - After 101, emit nothing more.
 *
 * Pure.
 */
import { type Direction, type Dissected, singleLine } from '../../dissector.ts'
import { type Description, lazyMessage } from '../../lazy-message.ts'
import { parseFields, withoutEnding } from './head.ts'
import { maskFields, maskTarget } from './mask-head.ts'

/**
 * Describes a head.
 *
 * @param head the bytes on the wire, with the empty line; or as a string, one character for each byte (latin1). It is kept, so it
 *   must not change later. Pass a copy of a small part of a large buffer, which would be kept whole
 */
export function describeHttpHead(direction: Direction, exchange: number, head: Uint8Array | string): Dissected {
  const fields = { kind: 'message', direction, exchange, size: head.length } as const
  return direction === 'request'
    ? lazyMessage(fields, head, describeRequest)
    : lazyMessage(fields, head, describeResponse)
}

export interface HttpBody {
  readonly direction: Direction
  readonly exchange: number
  /** The value of Content-Type. */
  readonly type?: string | undefined
  /** The bytes of the content, without chunked framing. */
  readonly size: number
  /** The first bytes of the content, or all. They are kept, so they must not change later. */
  readonly bytes: Uint8Array
  /** False if the body was interrupted. Default: true. */
  readonly isComplete?: boolean
  /** The value of Content-Length, if the body was interrupted. */
  readonly declaredLength?: number | undefined
}

/** Describes a body that is not empty. */
export function describeHttpBody(body: HttpBody): Dissected {
  const { direction, exchange, size } = body
  return lazyMessage({ kind: 'transfer', direction, exchange, size }, body, describeBody)
}

function describeBody({ type, size, bytes, isComplete = true, declaredLength }: HttpBody): Description {
  const count = isComplete || declaredLength === undefined ? `${size}` : `${size} of ${declaredLength}`
  return { summary: singleLine(`${count} bytes${type ? ` of ${type}` : ''}${isComplete ? '' : ', incomplete'}`), bytes }
}

function describeRequest(head: Uint8Array | string): Description {
  const lines = linesOf(head)
  return { summary: singleLine(startLineOf(lines)), bytes: maskLines(lines) }
}

function describeResponse(head: Uint8Array | string): Description {
  const lines = linesOf(head)
  const fields = parseFields(lines.slice(1))
  const value = (name: string) => fields.get(name)?.join(', ')
  const length = value('content-length')
  const size = value('transfer-encoding') ?? (length === undefined ? undefined : `${length} bytes`)
  const content = [value('content-type'), size].filter(part => part !== undefined)
  const startLine = startLineOf(lines)
  const summary = singleLine(content.length === 0 ? startLine : `${startLine} (${content.join(', ')})`)
  return { summary, bytes: maskLines(lines) }
}

/** Returns the lines with their endings; the last one is empty. */
function linesOf(head: Uint8Array | string): string[] {
  const text = typeof head === 'string' ? head : Buffer.from(head).toString('latin1')
  return text.split(/(?<=\n)/)
}

/** Credentials in the target are masked. */
function startLineOf([first = '']: readonly string[]): string {
  return Buffer.from(withoutEnding(maskTarget(first)), 'latin1').toString('utf8')
}

function maskLines([first = '', ...rest]: readonly string[]): Buffer {
  return Buffer.from([maskTarget(first), ...maskFields(rest)].join(''), 'latin1')
}
