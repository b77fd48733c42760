/** The conversations of UDP: a server builds the ids of those with its clients once. Pure. */
import type { Address } from '../net/address.ts'
import type { ProtocolName } from '../protocols/index.ts'
import type { EventOrigin } from './create-event.ts'
import { conversationId, type Side } from './event.ts'

/** The origin of the events of datagrams between two addresses. */
export function datagramOrigin(protocol: ProtocolName, side: Side, client: Address, server: Address): EventOrigin {
  return { protocol, side, conversation: conversationId(protocol, client, server), channel: 'control' }
}

/** Conversations that are remembered; an id that was forgotten is built again. */
const MAX_ORIGINS = 1024

export class DatagramOrigins {
  readonly #protocol: ProtocolName
  readonly #serverOf: (client: Address) => Address
  /** By the client's port. */
  readonly #origins = new Map<number, { readonly host: string; readonly origin: EventOrigin }>()

  /** @param serverOf returns the address at which a client reaches the server */
  constructor(protocol: ProtocolName, serverOf: (client: Address) => Address) {
    this.#protocol = protocol
    this.#serverOf = serverOf
  }

  originFor(host: string, port: number): EventOrigin {
    const known = this.#origins.get(port)
    if (known?.host === host) return known.origin
    const client = { host, port }
    const origin = datagramOrigin(this.#protocol, 'server', client, this.#serverOf(client))
    if (this.#origins.size >= MAX_ORIGINS) this.#origins.clear()
    this.#origins.set(port, { host, origin })
    return origin
  }
}
