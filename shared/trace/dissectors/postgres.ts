/**
 * Dissects PostgreSQL's protocol, version 3: https://www.postgresql.org/docs/current/protocol.html. An exchange is what the
 * client sends up to Query or Sync, and what the server sends up to ReadyForQuery. Values are never in an event: neither
 * parameters nor literals of a simple query, rows, and the details of an error.
 */
import { type Direction, type Dissected, type Dissector, Excerpt, singleLine } from '../dissector.ts'
import { readInt32 } from './postgres/fields.ts'
import { MessageReader, type PostgresMessage } from './postgres/message-reader.ts'
import {
  describeRequest,
  dissectRequest,
  dissectStartup,
  isEncryptionRequest,
  REQUEST_TYPES,
  type RequestPart,
} from './postgres/requests.ts'
import {
  describeAuthentication,
  describeNotification,
  maskResponse,
  RESPONSE_TYPES,
  ResponseSummary,
  readDiagnostic,
} from './postgres/responses.ts'

/** Messages of one exchange whose parts are stored. */
const MAX_PARTS = 50
/** The responses to a request for encryption: `S` for TLS, `G` for GSSAPI, or `N`. */
const ENCRYPTION_ACCEPTED: readonly (number | undefined)[] = [0x53, 0x47]
const ENCRYPTION_REFUSED = 0x4e
const AUTHENTICATION_OK = 0
const NOTIFICATION = 0x41

export function postgresDissector(): Dissector {
  return new PostgresDissector()
}

class PostgresDissector implements Dissector {
  readonly #readers = { request: new MessageReader(REQUEST_TYPES), response: new MessageReader(RESPONSE_TYPES) }
  /** The directions that are not dissected any more: malformed, or encrypted. */
  readonly #ignored = new Set<Direction>()
  /** True until the first message of the client: it has no type, unless the trace became active later. */
  #isStart = true
  #parts: RequestPart[] = []
  #request = new Excerpt()
  #response = new Excerpt()
  #summary = new ResponseSummary()
  /** Requests that were sent, and those whose response is complete. */
  #sent = 0
  #completed = 0
  #awaitsEncryption = false

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    const dissected: Dissected[] = []
    let rest = bytes
    try {
      while (rest.length > 0 && !this.#ignored.has(direction)) rest = this.#take(direction, rest, dissected)
    } catch (error) {
      this.#ignored.add(direction)
      const reason = error instanceof RangeError ? error.message : 'unreadable'
      dissected.push({ kind: 'error', summary: singleLine(`malformed ${direction}: ${reason}`) })
    }
    return dissected
  }

  startTls(): void {
    this.#ignored.clear()
    this.#isStart = true
  }

  end(direction: Direction): readonly Dissected[] {
    const isRequest = direction === 'request'
    const { size } = isRequest ? this.#request : this.#response
    if (size === 0 || this.#ignored.has(direction)) return []
    const text = isRequest ? describeRequest(this.#parts) : this.#summary.text
    const incomplete = `${text} (incomplete)`
    return [isRequest ? this.#finishRequest(incomplete) : this.#finishResponse(incomplete)]
  }

  /** Dissects one message; returns the bytes after it. */
  #take(direction: Direction, bytes: Uint8Array, dissected: Dissected[]): Uint8Array {
    const reader = this.#readers[direction]
    if (direction === 'request' && this.#isStart && bytes[0] === 0) reader.expectStartup()
    if (direction === 'request') this.#isStart = false
    if (direction === 'response' && reader.isEmpty) {
      if (this.#awaitsEncryption) return this.#takeEncryptionReply(bytes, dissected)
      // If the trace became active within a response, its rest cannot be read.
      if (this.#sent === 0 && this.#parts.length === 0 && bytes[0] !== NOTIFICATION) return bytes.subarray(bytes.length)
    }
    const taken = reader.take(bytes)
    if (!taken) return bytes.subarray(bytes.length)
    const { message, rest } = taken
    if (direction === 'request') this.#onRequest(message, dissected)
    else this.#onResponse(message, dissected)
    return rest
  }

  #takeEncryptionReply(bytes: Uint8Array, dissected: Dissected[]): Uint8Array {
    const [reply] = bytes
    this.#awaitsEncryption = false
    const isAccepted = ENCRYPTION_ACCEPTED.includes(reply)
    // An old server responds with an ErrorResponse.
    if (!isAccepted && reply !== ENCRYPTION_REFUSED) return bytes
    this.#response.add(bytes.subarray(0, 1))
    dissected.push(this.#finishResponse(isAccepted ? 'encryption accepted' : 'encryption refused'))
    if (!isAccepted) {
      this.#isStart = true
      return bytes.subarray(1)
    }
    dissected.push({ kind: 'state', summary: 'encryption starts' })
    this.#ignored.add('request').add('response')
    return bytes.subarray(1)
  }

  #onRequest(message: PostgresMessage, dissected: Dissected[]): void {
    const { type, size } = message
    if (type === '') {
      const { summary, bytes } = dissectStartup(message)
      this.#awaitsEncryption = isEncryptionRequest(message)
      this.#request.add(bytes, size)
      dissected.push(this.#finishRequest(summary))
    } else if (type === 'X') {
      dissected.push({ kind: 'state', summary: 'the client ends the connection (Terminate)' })
    } else if (type === 'p') {
      this.#request.add(dissectRequest(message).bytes, size)
      dissected.push(this.#emit('request', this.#sent, 'password or proof (masked)', this.#takeRequest()))
    } else this.#addPart(dissectRequest(message), message, dissected)
  }

  #addPart(part: RequestPart, { type, size }: PostgresMessage, dissected: Dissected[]): void {
    if (this.#parts.length < MAX_PARTS) this.#parts.push(part)
    this.#request.add(part.bytes, size)
    if ('QSF'.includes(type)) dissected.push(this.#finishRequest(describeRequest(this.#parts)))
  }

  #onResponse(message: PostgresMessage, dissected: Dissected[]): void {
    const { type, body, size } = message
    const bytes = maskResponse(message)
    if (type === 'A') {
      const summary = describeNotification(message)
      dissected.push({ kind: 'message', direction: 'response', exchange: 0, summary: singleLine(summary), bytes, size })
      return
    }
    if (type === 'N') {
      dissected.push({ kind: 'state', summary: singleLine(readDiagnostic(message).summary) })
      return
    }
    this.#response.add(bytes, size)
    if (type === 'R' && readInt32(body) !== AUTHENTICATION_OK) {
      dissected.push(this.#emit('response', this.#completed + 1, describeAuthentication(message), this.#takeResponse()))
      return
    }
    this.#summary.add(message)
    // After a fatal error the server closes the connection, without ReadyForQuery.
    const isFatal = type === 'E' && ['FATAL', 'PANIC'].includes(readDiagnostic(message).severity)
    if (type === 'Z' || isFatal) dissected.push(this.#finishResponse(this.#summary.text))
  }

  #finishRequest(summary: string): Dissected {
    this.#sent += 1
    this.#parts = []
    return this.#emit('request', this.#sent, summary, this.#takeRequest())
  }

  #finishResponse(summary: string): Dissected {
    this.#completed += 1
    this.#summary = new ResponseSummary()
    return this.#emit('response', this.#completed, summary, this.#takeResponse())
  }

  #takeRequest(): Excerpt {
    const taken = this.#request
    this.#request = new Excerpt()
    return taken
  }

  #takeResponse(): Excerpt {
    const taken = this.#response
    this.#response = new Excerpt()
    return taken
  }

  #emit(direction: Direction, exchange: number, summary: string, { bytes, size }: Excerpt): Dissected {
    return { kind: 'message', direction, exchange, summary: singleLine(summary), bytes, size }
  }
}
