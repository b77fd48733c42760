/** The address of the server in the reply to PASV, for clients that reach it through NAT, or in a container. */
import { networkInterfaces } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { ReplyError } from '../session/replies.ts'
import { isNearClient, type LocalNetwork, parseIPv4 } from './near-client.ts'

/** A name is looked up again after this time. */
const LOOKUP_INTERVAL_MS = 60_000
/** The reply to PASV waits no longer than this for a lookup. */
const MAX_LOOKUP_WAIT_MS = 2000

export interface PassiveHostOptions {
  /** An IPv4 address or a name. */
  readonly host: string
  /** Returns the IPv4 address of a name. */
  lookup(name: string): Promise<string>
  /** The time in milliseconds. */
  now(): number
}

export class PassiveHost {
  readonly #options: PassiveHostOptions
  /** The last address that a lookup has returned. */
  #known: string | undefined
  #lookedUpAt = Number.NEGATIVE_INFINITY
  #lookup: Promise<void> | undefined

  constructor(options: PassiveHostOptions) {
    this.#options = options
  }

  /**
   * Returns undefined for a client that reaches the server at the address of its control connection.
   *
   * @throws ReplyError 425 if the name was never looked up successfully
   */
  async addressFor(clientHost: string): Promise<string | undefined> {
    const { host, now } = this.#options
    if (isNearClient(clientHost, localNetworks())) return undefined
    if (parseIPv4(host) !== undefined) return host
    if (now() - this.#lookedUpAt >= LOOKUP_INTERVAL_MS) await this.#lookUp()
    if (this.#known === undefined) throw new ReplyError(425, 'The address of this server is not known yet; use EPSV')
    return this.#known
  }

  /** Waits for a lookup, which all sessions share. If it takes too long or fails, the last address stays. */
  async #lookUp(): Promise<void> {
    const { host, lookup, now } = this.#options
    this.#lookup ??= lookup(host)
      .then(
        address => {
          this.#known = address
          this.#lookedUpAt = now()
        },
        () => undefined,
      )
      .finally(() => {
        this.#lookup = undefined
      })
    const timer = new AbortController()
    const timeout = wait(MAX_LOOKUP_WAIT_MS, undefined, { signal: timer.signal }).catch(() => undefined)
    await Promise.race([this.#lookup, timeout])
    timer.abort()
  }
}

function localNetworks(): LocalNetwork[] {
  return Object.values(networkInterfaces()).flatMap(found => found ?? [])
}
