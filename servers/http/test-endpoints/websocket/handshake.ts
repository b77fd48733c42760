/** Checks the opening handshake of a WebSocket connection (RFC 6455, section 4.2.1) and its parameters. Pure. */

import { listElements } from '../../request/list-field.ts'
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

/** @throws EndpointError (400 or 426) if the request is not a handshake */
export function validateHandshake({ headers }: EndpointRequest): void {
  if (!listElements(fieldOf(headers, 'connection')).includes('upgrade')) throw refusal('Connection: Upgrade is missing')
  // RFC 9110, section 7.8: a client can list several protocols; the server chooses.
  if (!listElements(fieldOf(headers, 'upgrade')).includes('websocket')) throw refusal('Upgrade: websocket is missing')
  // Section 4.4: the client may try again with this version.
  if (fieldOf(headers, 'sec-websocket-version') !== '13') throw refusal('Sec-WebSocket-Version is not 13', 426)
  if (!/^[A-Za-z0-9+/]{22}==$/.test(fieldOf(headers, 'sec-websocket-key'))) {
    throw refusal('Sec-WebSocket-Key is not 16 bytes in base64')
  }
}

function refusal(reason: string, status = 400): EndpointError {
  const detail = `This is not the handshake of a WebSocket: ${reason}. Use a WebSocket client and HTTP/1.1.`
  const upgrade = status === 426 ? ['Upgrade', 'websocket'] : []
  return new EndpointError(status, detail, ['Sec-WebSocket-Version', '13', ...upgrade])
}
