/**
 * Reads what the client sends: commands, responses to a 334, and messages. After DATA, AUTH and STARTTLS the server's reply
 * decides how the next bytes are read, so these bytes are held until the reply arrives.
 */
import type { Excerpt } from '../../dissector.ts'
import { type Line, LineReader } from '../line-reader.ts'
import { ContentReader } from './content.ts'
import { maskInitialResponse, maskLine } from './lines.ts'

/** A command line, or the response to a 334. Its secrets are masked. */
export interface CommandRequest {
  readonly kind: 'command'
  readonly exchange: number
  /** `content` for the last BDAT of a message: its reply is that to the message. `AUTH` for the response to a 334. */
  readonly verb: string
  readonly line: Line
}

/** The content of a message, or a chunk of it (BDAT). */
export interface ContentRequest {
  readonly kind: 'content'
  readonly exchange: number
  readonly excerpt: Excerpt
  /** Bytes before dot-stuffing. */
  readonly messageSize: number
  /** `chunk`: has the reply of its BDAT command. */
  readonly part: 'message' | 'chunk' | 'incomplete'
}

export type Request = CommandRequest | ContentRequest

/** Bytes held for a client that does not wait for the reply; beyond this, the expected reply is assumed. */
const MAX_HELD_BYTES = 64 * 1024
/** Maximum length of a verb; no command has a longer one. */
const MAX_VERB_LENGTH = 16

/**
 * How the next bytes of the client are read. `rejected-auth`: a client that did not wait for the reply to AUTH can still send
 * its secrets, so only lines that begin with a known command are shown. `encrypted`: not at all.
 */
type Mode = 'commands' | 'content' | 'secret' | 'rejected-auth' | 'encrypted'

/** Changes the mode if the reply to the request `exchange` has the code. */
interface ModeChange {
  readonly exchange: number
  readonly code: number
  readonly mode: Mode
}

const MODE_CHANGES: Readonly<Record<string, Omit<ModeChange, 'exchange'>>> = {
  DATA: { code: 354, mode: 'content' },
  AUTH: { code: 334, mode: 'secret' },
  STARTTLS: { code: 220, mode: 'encrypted' },
}

const KNOWN_VERBS = new Set('AUTH BDAT DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY'.split(' '))

const NO_BYTES = new Uint8Array()

export class RequestReader {
  #lines = new LineReader()
  #content = new ContentReader()
  #mode: Mode = 'commands'
  /** The mode change that waits for its reply. */
  #pendingChange: ModeChange | undefined
  #held: Uint8Array[] = []
  #heldBytes = 0
  #maxHeldBytes = MAX_HELD_BYTES
  /** Bytes missing of a BDAT chunk (RFC 3030). */
  #missingChunkBytes = 0
  #exchange = 0

  get isEncrypted(): boolean {
    return this.#mode === 'encrypted'
  }

  /** Takes the next bytes; returns the requests that they complete. */
  push(bytes: Uint8Array): Request[] {
    if (this.#pendingChange && this.#hold(bytes)) return []
    let rest: Uint8Array = this.#held.length > 0 ? Buffer.concat([...this.#held, bytes]) : bytes
    this.#held = []
    this.#heldBytes = 0
    const requests: Request[] = []
    while (rest.length > 0 && !this.isEncrypted) {
      if (this.#pendingChange && this.#hold(rest)) break
      if (this.#pendingChange) this.#changeMode(this.#pendingChange.mode)
      else rest = this.#read(rest, requests)
    }
    return requests
  }

  /** Takes the code of the reply to a request; returns the requests in the bytes that were held for it. */
  reply(exchange: number, code: number): Request[] {
    if (this.#pendingChange?.exchange !== exchange) return []
    const { code: expected, mode } = this.#pendingChange
    const otherwise = mode === 'secret' && code >= 400 ? 'rejected-auth' : 'commands'
    this.#changeMode(code === expected ? mode : otherwise)
    return this.push(NO_BYTES)
  }

  /** The client has ended its side: reads the held bytes as if the expected reply had arrived. */
  end(): Request[] {
    this.#maxHeldBytes = 0
    const requests = this.push(NO_BYTES)
    if (this.#content.excerpt.size > 0) {
      const exchange = this.#missingChunkBytes > 0 ? this.#exchange : this.#exchange + 1
      requests.push(this.#takeContent(exchange, 'incomplete'))
    }
    const line = this.#lines.end()
    return line ? [...requests, this.#command(line)] : requests
  }

  /** Continues with the decrypted bytes after STARTTLS. The numbers of the requests continue too. */
  startTls(): void {
    this.#changeMode('commands')
    this.#lines = new LineReader()
    this.#held = []
    this.#heldBytes = 0
  }

  /** Returns false if too many bytes would be held. */
  #hold(bytes: Uint8Array): boolean {
    if (this.#heldBytes + bytes.length > this.#maxHeldBytes) return false
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    return true
  }

  #changeMode(mode: Mode): void {
    this.#mode = mode
    this.#pendingChange = undefined
  }

  /** Reads one request, if it is complete; returns the bytes after it. */
  #read(bytes: Uint8Array, requests: Request[]): Uint8Array {
    if (this.#missingChunkBytes > 0) return this.#readChunk(bytes, requests)
    if (this.#mode === 'content') return this.#readMessage(bytes, requests)
    const { line, rest } = this.#lines.push(bytes)
    if (line) requests.push(this.#command(line))
    return rest
  }

  #command(line: Line): CommandRequest {
    const exchange = ++this.#exchange
    const firstWord = (/\S+/.exec(line.text)?.[0] ?? '').toUpperCase()
    const isSecret = this.#mode === 'secret' || (this.#mode === 'rejected-auth' && !KNOWN_VERBS.has(firstWord))
    const verb = this.#mode === 'secret' ? 'AUTH' : firstWord.slice(0, MAX_VERB_LENGTH)
    if (!isSecret) this.#mode = 'commands'
    if (verb === 'BDAT') this.#missingChunkBytes = chunkSize(line.text)
    const change = MODE_CHANGES[verb]
    if (change) this.#pendingChange = { exchange, ...change }
    const isLastChunk = verb === 'BDAT' && /^\s*BDAT\s.*\sLAST\s*$/i.test(line.text)
    const masked = isSecret ? maskLine(line) : firstWord.startsWith('AUTH') ? maskInitialResponse(line) : line
    return { kind: 'command', exchange, verb: isLastChunk ? 'content' : verb, line: masked }
  }

  #readMessage(bytes: Uint8Array, requests: Request[]): Uint8Array {
    const rest = this.#content.push(bytes)
    if (!rest) return NO_BYTES
    this.#exchange += 1
    this.#mode = 'commands'
    requests.push(this.#takeContent(this.#exchange, 'message'))
    return rest
  }

  #readChunk(bytes: Uint8Array, requests: Request[]): Uint8Array {
    const chunk = bytes.subarray(0, this.#missingChunkBytes)
    this.#content.add(chunk)
    this.#missingChunkBytes -= chunk.length
    // A chunk and its command have one reply (RFC 3030, section 2).
    if (this.#missingChunkBytes === 0) requests.push(this.#takeContent(this.#exchange, 'chunk'))
    return bytes.subarray(chunk.length)
  }

  #takeContent(exchange: number, part: ContentRequest['part']): ContentRequest {
    const { excerpt, messageSize } = this.#content
    this.#content = new ContentReader()
    return { kind: 'content', exchange, excerpt, messageSize, part }
  }
}

/** Returns the size of a chunk: `BDAT 1000 LAST` (RFC 3030, section 2); 0 if it is not a number. */
function chunkSize(command: string): number {
  const size = Number(/^\s*\S+\s+(\d{1,15})(?:\s|$)/.exec(command)?.[1])
  return Number.isSafeInteger(size) ? size : 0
}
