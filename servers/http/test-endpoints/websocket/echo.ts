/** A WebSocket endpoint that sends each message back (RFC 6455). */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { Response } from '../../response/response.ts'
import { MAX_WEB_SOCKETS, WEB_SOCKET_CLOSE_MS, WEB_SOCKET_LIFETIME_MS } from '../bounds.ts'
import { errorResponse } from '../content.ts'
import { EndpointError, type EndpointGroup, type EndpointRequest, GET } from '../endpoint.ts'
import { FragmentSender } from './fragment-sender.ts'
import { FrameScanner } from './frame-scanner.ts'
import { type MessageBounds, parseMessageBounds, validateHandshake } from './handshake.ts'

/** Close codes (RFC 6455, section 7.4.1). `ws` sends those for protocol errors itself. */
const GOING_AWAY = 1001
const PROTOCOL_ERROR = 1002
const TOO_BIG = 1009

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${KEY}`,
]

export class WebSocketEcho {
  readonly #open = new Set<WebSocket>()

  readonly endpoints: EndpointGroup = {
    title: 'WebSocket',
    endpoints: [
      {
        path: '/websocket/echo',
        methods: GET,
        summary: 'Sends each WebSocket message back. Accepts max_message_size and max_fragment_size, in bytes.',
        example: `-sS -i -N --http1.1 --max-time 1 ${HANDSHAKE.map(field => `-H '${field}'`).join(' ')} URL/websocket/echo`,
        respond: request => this.#respond(request),
      },
    ],
  }

  /** Ends all connections. */
  close(): void {
    for (const webSocket of this.#open) end(webSocket, GOING_AWAY, 'The server is closing.')
  }

  #respond(request: EndpointRequest): Response {
    const bounds = parseMessageBounds(request.parameters)
    validateHandshake(request)
    if (this.#open.size >= MAX_WEB_SOCKETS) {
      throw new EndpointError(503, `There are ${MAX_WEB_SOCKETS} WebSocket connections already.`, ['Retry-After', '5'])
    }
    return {
      // For a request that cannot upgrade: of HTTP/1.0 or HTTP/2, HEAD, or one with a body.
      ...errorResponse(400, 'A WebSocket needs HTTP/1.1. Send a GET request without a body.'),
      upgrade: (socket, head) => this.#accept(request, bounds, { socket, head }),
    }
  }

  #accept(
    request: EndpointRequest,
    bounds: MessageBounds,
    { socket, head }: { socket: Duplex; head: Uint8Array },
  ): void {
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Compressed bombs are not possible without it.
      perMessageDeflate: false,
      // `ws` then handles one message of a connection in each turn of the event loop. A flood of tiny ones, which arrive by the
      // thousand in one read, would keep the loop from all other clients.
      allowSynchronousEvents: false,
      maxPayload: bounds.message,
    })
    const { method, target: url } = request
    // The client may have listed other protocols too, which `ws` does not accept.
    const headers = { ...request.headers, upgrade: 'websocket' }
    // `ws` reads only these; the socket is the other argument.
    const message = Object.assign(new IncomingMessage(new Socket()), { method, url, headers })
    const scanner = new FrameScanner(bounds.fragment)
    // `ws` puts `head` back into the stream before it listens; a flowing stream would emit it at once.
    socket.pause()
    server.handleUpgrade(message, socket, Buffer.from(head), webSocket => {
      this.#open.add(webSocket)
      const lifetime = setTimeout(end, WEB_SOCKET_LIFETIME_MS, webSocket, GOING_AWAY, 'The connection lasted too long.')
      webSocket.once('close', () => {
        clearTimeout(lifetime)
        this.#open.delete(webSocket)
      })
      // `ws` has sent a close frame with the code of the error. The client need not confirm it.
      webSocket.on('error', () => end(webSocket, PROTOCOL_ERROR, ''))
      const sender = new FragmentSender(webSocket, bounds.fragment)
      webSocket.on('message', (data: RawData, binary: boolean) => {
        // The other types are for clients that choose them.
        if (Buffer.isBuffer(data)) sender.send({ data, binary })
      })
      socket.prependListener('data', (bytes: Uint8Array) => {
        const length = scanner.push(bytes)
        if (length !== undefined) {
          end(webSocket, TOO_BIG, `A frame of ${length} bytes is longer than ${bounds.fragment}.`)
        }
      })
      socket.resume()
    })
  }
}

/** Closes the connection, also if the client does not confirm it. */
function end(webSocket: WebSocket, code: number, reason: string): void {
  webSocket.close(code, reason)
  const timer = setTimeout(() => webSocket.terminate(), WEB_SOCKET_CLOSE_MS)
  webSocket.once('close', () => clearTimeout(timer))
}
