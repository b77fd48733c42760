/** Checks the opening handshake of a WebSocket connection (RFC 6455, section 4.2.1) and its parameters. Pure. */
import { MAX_BODY_BYTES } from '../bounds.ts'
import { EndpointError, type EndpointRequest } from '../endpoint.ts'
import { parseInteger } from '../parameters.ts'
import { fieldOf } from '../requests/describe-request.ts'

export interface MessageBounds {
  /** Bytes of a message. */
  readonly message: number
  /** Bytes of a frame, received or sent. */
  readonly fragment: number
}

/** @throws EndpointError (400) if a parameter is not valid */
export function parseMessageBounds(parameters: URLSearchParams): MessageBounds {
  const size = (name: string, byDefault: number) =>
    parseInteger(name, parameters.get(name) || String(byDefault), { min: 1, max: MAX_BODY_BYTES })
  const message = size('max_message_size', MAX_BODY_BYTES)
  const fragment = size('max_fragment_size', Math.min(MAX_BODY_BYTES / 2, message))
  if (fragment <= message) return { message, fragment }
  throw new EndpointError(400, `max_fragment_size (${fragment}) is larger than max_message_size (${message}).`)
}

/** @throws EndpointError (400) if the request is not a handshake */
export function validateHandshake({ headers }: EndpointRequest): void {
  const options = fieldOf(headers, 'connection').toLowerCase().split(',')
  const reason = !options.some(option => option.trim() === 'upgrade')
    ? 'Connection: Upgrade is missing'
    : fieldOf(headers, 'upgrade').toLowerCase() !== 'websocket'
      ? 'Upgrade: websocket is missing'
      : fieldOf(headers, 'sec-websocket-version') !== '13'
        ? 'Sec-WebSocket-Version is not 13'
        : !/^[A-Za-z0-9+/]{22}==$/.test(fieldOf(headers, 'sec-websocket-key'))
          ? 'Sec-WebSocket-Key is not 16 bytes in base64'
          : undefined
  if (reason === undefined) return
  throw new EndpointError(
    400,
    `This is not the handshake of a WebSocket: ${reason}. Use a WebSocket client and HTTP/1.1.`,
    ['Sec-WebSocket-Version', '13'],
  )
}
