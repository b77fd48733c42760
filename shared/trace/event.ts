/**
 * The events of the trace: one union for all protocols and both ends. Every sink (terminal, JSON lines, a test's assertion)
 * takes these events.
 */
import { type Address, formatAddress } from '../net/address.ts'
import type { ProtocolName } from '../protocols/index.ts'
import type { Direction } from './dissector.ts'

/** The end that saw the event. */
export type Side = 'client' | 'server'

/** `data` is an FTP data connection (RFC 959, section 2.3); every other connection is `control`. */
export type Channel = 'control' | 'data'

/** The transport of the conversation. */
export type Transport = 'tcp' | 'udp' | 'tls'

interface EventBase {
  /** Milliseconds since 1970 with a fraction, by `traceTime`. */
  readonly time: number
  readonly protocol: ProtocolName
  readonly side: Side
  /** The same id at both ends: see `conversationId`. */
  readonly conversation: string
  readonly channel: Channel
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
   * The number of the request in the conversation; a response has the number of its request, at both ends. A message
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

/** An injected fault (a delay, a dropped response), so that it is not mistaken for a defect. */
export interface FaultEvent extends EventBase {
  readonly kind: 'fault'
}

/** An error: bytes that are not the protocol's, a reset connection, an exception in a handler. */
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
 * The id of a conversation: protocol, client's address, server's address. Both ends compute the same id, so that their
 * views of an exchange can be joined, across processes too.
 */
export function conversationId(protocol: ProtocolName, client: Address, server: Address): string {
  return `${protocol}:${formatAddress(client)}>${formatAddress(server)}`
}

/** The current time for events: monotonic within a process. Other processes may differ by a part of a millisecond. */
export function traceTime(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * The difference between `traceTime` and the machine's monotonic clock, in milliseconds. All processes of a machine share
 * that clock, so event times of two processes differ by the difference of their offsets.
 */
export function traceClockOffset(): number {
  // Two clocks cannot be read at once: of several readings, use the one with the least time in between.
  const readings = Array.from({ length: CLOCK_READINGS }, () => {
    const before = Number(process.hrtime.bigint()) / 1e6
    const time = traceTime()
    const after = Number(process.hrtime.bigint()) / 1e6
    return { offset: time - (before + after) / 2, error: after - before }
  })
  return readings.reduce((best, reading) => (reading.error < best.error ? reading : best)).offset
}

const CLOCK_READINGS = 8
