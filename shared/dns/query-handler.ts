/**
 * Where the DNS server of a process is found by a service that brings it queries over another protocol: HTTP hands it
 * those of DNS over HTTPS (RFC 8484). The DNS server fills the slot while it listens.
 */

/** Who asks over HTTP, as the DNS server wants to know it. */
export interface HttpsClient {
  readonly transport: 'https'
  readonly address: string
  readonly port: number
}

/** What answers DNS messages: one response, several of them, or undefined where none is due. */
export interface DnsQueryHandler {
  handle(query: Buffer, client: HttpsClient): Buffer | AsyncIterable<Buffer> | undefined
}

/** Holds the DNS server of a process, while there is one. */
export class DnsQueryHandlerRegistry {
  #current: DnsQueryHandler | undefined

  /** The DNS server that listens now. */
  get current(): DnsQueryHandler | undefined {
    return this.#current
  }

  /** Puts a DNS server in; returns the function that takes it out again. */
  register(service: DnsQueryHandler): () => void {
    this.#current = service
    return () => {
      if (this.#current === service) this.#current = undefined
    }
  }
}
