/**
 * What the trace tells: one typed union for all protocols and both ends. Every sink (terminal, JSON lines, a test's
 * assertion) takes these events and nothing else.
 */
import { type Address, formatAddress } from '../net/address.ts'
import type { ProtocolName } from '../protocols/index.ts'
import type { Direction } from './dissector.ts'

/** Which end saw it. */
export type Side = 'client' | 'server'

/** `control` is the protocol's one connection; FTP (RFC 959, section 2.3) moves content on a `data` connection. */
export type Channel = 'control' | 'data'

/** What carries the conversation. */
export type Transport = 'tcp' | 'udp' | 'tls'

interface EventBase {
  /** Milliseconds since 1970 with a fraction, by `traceTime`. */
  readonly time: number
  readonly protocol: ProtocolName
  readonly side: Side
  /** The same string at both ends, since it derives from the two addresses: see `conversationId`. */
  readonly conversation: string
  readonly channel: Channel
  /** One line for a person, never with a control character or a secret in it. */
  readonly summary: string
}

/** A connection is there (made, accepted, or already under way when tracing began). */
export interface OpenEvent extends EventBase {
  readonly kind: 'open'
  readonly transport: Transport
  readonly client: Address
  readonly server: Address
}

interface MessageFields {
  readonly direction: Direction
  /**
   * Which request of the conversation this belongs to; a response has its request's number, at both ends. What a server
   * says unasked (a greeting) has 0. DNS uses the message's id.
   */
  readonly exchange: number
  /** What was on the wire, secrets masked, cut to `MAX_EVENT_BYTES`. */
  readonly bytes: Uint8Array
  /** How many bytes were on the wire. */
  readonly size: number
}

/** One message of the protocol: a command, a reply, a request's head, a DNS message. */
export interface MessageEvent extends EventBase, MessageFields {
  readonly kind: 'message'
}

/** Content that was moved: an HTTP body, a mail's text, a file. Told once, when it is complete or broken off. */
export interface TransferEvent extends EventBase, MessageFields {
  readonly kind: 'transfer'
}

/** The conversation's state changed: logged in, a mail transaction begun, a switch to TLS. */
export interface StateEvent extends EventBase {
  readonly kind: 'state'
}

/** A failure that was asked for (an injected delay, a dropped answer), so that nobody takes it for a defect. */
export interface FaultEvent extends EventBase {
  readonly kind: 'fault'
}

/** Something went wrong: bytes that are not the protocol's, a reset connection, a handler that threw. */
export interface ErrorEvent extends EventBase {
  readonly kind: 'error'
}

/** The connection has ended. */
export interface CloseEvent extends EventBase {
  readonly kind: 'close'
}

/** Whatever the trace tells; `kind` says which. */
export type TraceEvent = OpenEvent | MessageEvent | TransferEvent | StateEvent | FaultEvent | ErrorEvent | CloseEvent

/**
 * The name of a conversation: protocol, client's address, server's address. Both ends compute the same one, so that the
 * two views of an exchange join, across processes too.
 */
export function conversationId(protocol: ProtocolName, client: Address, server: Address): string {
  return `${protocol}:${formatAddress(client)}>${formatAddress(server)}`
}

/** Now, as `EventBase.time`: never goes back within a process. Other processes may be off by a part of a millisecond. */
export function traceTime(): number {
  return performance.timeOrigin + performance.now()
}

/**
 * How far `traceTime` is from the machine's monotonic clock, in milliseconds. All processes of a machine share that
 * clock, so the difference of two processes' offsets is what their event times differ by.
 */
export function traceClockOffset(): number {
  // Two clocks cannot be read at once: of several readings, the one with the least time in between is the best.
  const readings = Array.from({ length: CLOCK_READINGS }, () => {
    const before = Number(process.hrtime.bigint()) / 1e6
    const time = traceTime()
    const after = Number(process.hrtime.bigint()) / 1e6
    return { offset: time - (before + after) / 2, doubt: after - before }
  })
  return readings.reduce((best, reading) => (reading.doubt < best.doubt ? reading : best)).offset
}

const CLOCK_READINGS = 8
