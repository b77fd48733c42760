/**
 * Connects the HTTP server to the DNS server of the same process: HTTP passes queries of DNS over HTTPS (RFC 8484) to
 * the handler that the DNS server registers while it listens.
 */

/** The client of a query over HTTPS. */
export interface HttpsClient {
  readonly transport: 'https'
  readonly address: string
  readonly port: number
}

/** Handles queries. Returns one response, several (a zone transfer), or undefined if the query gets no response. */
export interface DnsQueryHandler {
  handle(query: Buffer, client: HttpsClient): Buffer | AsyncIterable<Buffer> | undefined
}

/** Holds the handler of the DNS server that listens in this process, if any. */
export class DnsQueryHandlerRegistry {
  #current: DnsQueryHandler | undefined

  /** The handler that was registered last. */
  get current(): DnsQueryHandler | undefined {
    return this.#current
  }

  /** Registers a handler; returns the function that removes it. */
  register(handler: DnsQueryHandler): () => void {
    this.#current = handler
    return () => {
      if (this.#current === handler) this.#current = undefined
    }
  }
}
