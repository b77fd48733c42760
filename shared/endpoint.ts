/** An address on which a service listens. */
export interface Endpoint {
  /** The service's name: `dns`. */
  readonly service: string
  /** The URL scheme for clients: `dns`, `http`, `https`, `ftp`, `smtp`, `tcp`. */
  readonly scheme: string
  readonly transport: 'tcp' | 'udp' | 'tls'
  /** The bound address, without brackets: `127.0.0.1`, `::1`. */
  readonly host: string
  readonly port: number
  readonly url: string
}
