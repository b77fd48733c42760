/**
 * The events of the trace: one union for all protocols and both ends. Every sink (terminal, JSON lines, a test's assertion)
 * receives these events.
 *
 * The summary and the bytes of a message or transfer are computed when they are first read, which costs more than all the rest of
 * an event. They are getters of a class, so `{ ...event }` does not copy them: use `plainEvent`.
 */
import { type Address, formatAddress } from '../net/address.ts'
import type { TracedProtocolName } from '../protocols/index.ts'
import type { Direction } from './dissector.ts'

/** The end of the connection that observed the event. */
export type Side = 'client' | 'server'

/** `data` is an FTP data connection (RFC 959, section 2.3); every other connection is `control`. */
export type Channel = 'control' | 'data'

/** The transport of the conversation. */
export type Transport = 'tcp' | 'udp' | 'tls'

/** The conversation whose request causes events of other conversations. */
export interface Cause {
  readonly id: string
}

interface EventBase {
  /** Milliseconds since 1970 with a fraction, by `traceTime`. */
  readonly time: number
  readonly protocol: TracedProtocolName
  readonly side: Side
  /** The same id at both ends: see `conversationId`. */
  readonly conversation: string
  readonly channel: Channel
  /**
   * The conversation whose request caused this event. What a server sends to other servers meanwhile has it: statements for the
   * database, and mail.
   */
  readonly cause?: string
  /** One line for people, without control characters and secrets. */
  readonly summary: string
}

/** A connection was made or accepted, or was already open when tracing began. */
export interface OpenEvent extends EventBase {
  readonly kind: 'open'
  readonly transport: Transport
  readonly client: Address
  readonly server: Address
}

interface MessageFields {
  readonly direction: Direction
  /**
   * The number of the request in the conversation, equal at both ends; a response has the number of its request. A message
   * without a request (a greeting) has 0. DNS uses the message's id.
   */
  readonly exchange: number
  /** The bytes on the wire, secrets masked, cut to `MAX_EVENT_BYTES`. */
  readonly bytes: Uint8Array
  /** The number of bytes on the wire. */
  readonly size: number
}

/** One message of the protocol: a command, a reply, a request's head, a DNS message. */
export interface MessageEvent extends EventBase, MessageFields {
  readonly kind: 'message'
}

/** Content: an HTTP body, a mail's text, a file. Emitted once, when it is complete or was interrupted. */
export interface TransferEvent extends EventBase, MessageFields {
  readonly kind: 'transfer'
}

/** The state of the conversation changed: logged in, mail transaction started, TLS started. */
export interface StateEvent extends EventBase {
  readonly kind: 'state'
}

/** A fault was injected (a delay, a dropped response), so the event is not a defect. */
export interface FaultEvent extends EventBase {
  readonly kind: 'fault'
}

/** An error: malformed bytes, a reset connection, an exception in a handler. */
export interface ErrorEvent extends EventBase {
  readonly kind: 'error'
}

/** The connection was closed. */
export interface CloseEvent extends EventBase {
  readonly kind: 'close'
}

/** Any event; `kind` tells them apart. */
export type TraceEvent = OpenEvent | MessageEvent | TransferEvent | StateEvent | FaultEvent | ErrorEvent | CloseEvent

/**
 * Returns the id of a conversation: protocol, client's address, server's address. Both ends compute the same id, so that their
 * views of an exchange can be joined, across processes too.
 */
export function conversationId(protocol: TracedProtocolName, client: Address, server: Address): string {
  return `${protocol}:${formatAddress(client)}>${formatAddress(server)}`
}

/** Reading it again for each event would cost as much as reading the clock. */
const TIME_ORIGIN = performance.timeOrigin

/** Returns the current time for events. It is monotonic; between processes it can differ by a fraction of a millisecond. */
export function traceTime(): number {
  return TIME_ORIGIN + performance.now()
}

/**
 * Returns the difference between `traceTime` and the machine's monotonic clock, in milliseconds. All processes of a machine
 * share that clock, so event times of two processes differ by the difference of their offsets.
 */
export function traceClockOffset(): number {
  // Two clocks cannot be read at the same time. The reading that took the shortest time is the most accurate.
  const readings = Array.from({ length: CLOCK_READINGS }, () => {
    const before = Number(process.hrtime.bigint()) / 1e6
    const time = traceTime()
    const after = Number(process.hrtime.bigint()) / 1e6
    return { offset: time - (before + after) / 2, error: after - before }
  })
  return readings.reduce((best, reading) => (reading.error < best.error ? reading : best)).offset
}

const CLOCK_READINGS = 8
