/** How long the steps of an exchange take. Pure. */

/** Durations in milliseconds; a step that did not happen has 0. */
export interface HttpTimings {
  /** Resolving the name of the host. */
  readonly name: number
  /** Connecting over TCP. */
  readonly connect: number
  /** The TLS handshake. */
  readonly tls: number
  /** From the connection to the first byte of the response: sending the request, and the work of the server. */
  readonly firstByte: number
  /** From the first byte to the end of the body; 0 until it was read. */
  readonly rest: number
  readonly total: number
}

/** The times at which steps ended, in milliseconds of any clock. */
export interface Marks {
  readonly started: number
  resolved?: number | undefined
  connected?: number | undefined
  secured?: number | undefined
  firstByte?: number | undefined
  ended?: number | undefined
}

export function computeTimings({ started, ...marks }: Marks): HttpTimings {
  const resolved = marks.resolved ?? started
  const connected = marks.connected ?? resolved
  const secured = marks.secured ?? connected
  const firstByte = marks.firstByte ?? secured
  const ended = marks.ended ?? firstByte
  return {
    name: resolved - started,
    connect: connected - resolved,
    tls: secured - connected,
    firstByte: firstByte - secured,
    rest: ended - firstByte,
    total: ended - started,
  }
}
