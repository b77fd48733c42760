/** How to trace a connection. */
import type { Address } from '../net/address.ts'
import type { TracedProtocolName } from '../protocols/index.ts'
import type { Dissector } from './dissector.ts'
import type { Cause, Side, Transport } from './event.ts'

export interface FollowOptions {
  readonly protocol: TracedProtocolName
  /** The side of this process. */
  readonly side: Side
  /** Omit it for a server that parses the messages itself and emits them with `emitDissected`: the socket is not tapped then. */
  readonly dissector?: (() => Dissector) | undefined
  /** The addresses of both ends, if the socket has none. */
  readonly addresses?: { readonly client: Address; readonly server: Address } | undefined
  /** The first value of `Conversation.cause`. */
  readonly cause?: Cause | undefined
  /** Default: `tcp`. */
  readonly transport?: Transport
  /** Returns true for an error with which a library closes a connection that it no longer needs; such errors emit no event. */
  readonly isExpectedError?: (error: Error) => boolean
}
