/** Sends a message: composes it, locates the server or the mail exchangers, connects, and delivers it. */
import type { Socket } from 'node:net'
import { UsageError } from '../../shared/errors.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import { connectTls, type TlsVerification } from '../../shared/net/connect-tls.ts'
import { parseServerAddress } from '../../shared/net/server-address.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { smtpDissector } from '../../shared/trace/dissectors/smtp.ts'
import type { Message } from './compose.ts'
import type { SmtpRequest } from './request.ts'
import type { SendResult, SmtpSession } from './result.ts'

/**
 * Sends a message (RFC 5321, section 3.3). If a server rejects some of the recipients, the others get the message, and the
 * result has the `rejected` ones with the server's replies.
 *
 * @throws UsageError for an invalid address or header, contradicting options, or an attachment that cannot be read, before
 * connecting; for a password that would be sent unencrypted to another machine
 * @throws UnreachableError if no server listens there
 * @throws RefusedError with the server's code and text if it rejects the message (a `RecipientsRefusedError` if it rejects every
 * recipient), or does not offer what the request needs
 */
export async function send(request: SmtpRequest, options: ClientOptions = {}): Promise<SendResult> {
  // Loads modules before connecting, because the greeting could arrive while they load.
  const [{ compose }, { deliver }] = await Promise.all([import('./compose.ts'), import('./delivery.ts')])
  const message = await compose(request)
  const deliverTo: DeliverMessage = async (server, serverName, part) => {
    const verification = await verificationOf(request, serverName, options)
    const socket = await connect(server, request.tls, verification, options)
    const { trace, timeout = DEFAULT_TIMEOUT_MS } = options
    const { tls, credentials, dsn } = request
    const delivery = {
      server,
      timeout,
      tls,
      verification,
      credentials,
      dsn,
      conversation: trace?.conversationOf(socket),
    }
    return abortable(socket, deliver(socket, part, delivery), options.signal)
  }
  return request.mx ? sendByMx(message, deliverTo, options) : sendToServer(request, message, deliverTo, options)
}

/** Connects to a server and delivers the message. The certificate must be for `serverName`. */
type DeliverMessage = (server: Location, serverName: string | undefined, message: Message) => Promise<SmtpSession>

async function sendToServer(
  request: SmtpRequest,
  message: Message,
  deliverTo: DeliverMessage,
  { locate = locateDirectly, signal }: ClientOptions,
): Promise<SendResult> {
  const { host, port } = request.server === undefined ? {} : parseServerAddress(request.server)
  const isImplicit = request.tls === 'implicit'
  const server = await locate({ service: 'smtp', host, port, ...(isImplicit && { tls: true }), signal })
  return toResult(message, [await deliverTo(server, host, message)])
}

async function sendByMx(message: Message, deliverTo: DeliverMessage, options: ClientOptions): Promise<SendResult> {
  const { deliverByMx, groupByDomain } = await import('./mx.ts')
  const { locateMail, signal } = options
  if (!locateMail) {
    const advice = 'Give { locateMail: createLocateMail(suite.endpoints) } as the second argument'
    throw new UsageError(`mx: no resolver to find mail exchangers with. ${advice}`)
  }
  const { from, to } = message.envelope
  const { sessions, unreached } = await deliverByMx(
    groupByDomain(to),
    async (server, exchanger, recipients) => {
      const session = await deliverTo(server, exchanger, { ...message, envelope: { from, to: recipients } })
      return { ...session, exchanger }
    },
    locateMail,
    signal,
  )
  return toResult(message, sessions, unreached)
}

function toResult(
  { messageId, envelope, content }: Message,
  sessions: readonly SmtpSession[],
  unreached: SendResult['rejected'] = [],
): SendResult {
  const { server, response } = sessions[0] as SmtpSession
  return {
    messageId,
    envelope,
    accepted: sessions.flatMap(({ accepted }) => accepted),
    rejected: [...sessions.flatMap(({ rejected }) => rejected), ...unreached],
    size: content.length,
    server,
    response,
    sessions,
  }
}

async function verificationOf(
  { tls, verification }: SmtpRequest,
  serverName: string | undefined,
  { authority }: ClientOptions,
): Promise<TlsVerification> {
  if (tls === undefined) return {}
  const ca = verification?.ca ?? (await authority?.())
  return { serverName, ...verification, ca }
}

async function connect(
  server: Location,
  tls: SmtpRequest['tls'],
  verification: TlsVerification,
  options: ClientOptions,
): Promise<Socket> {
  const follow = { protocol: 'smtp', dissector: smtpDissector } as const
  if (tls !== 'implicit') return connectTcp(server, follow, options)
  return connectTls(server, { service: 'smtp', follow, verification, protocols: [] }, options)
}

/** Destroys the socket if the caller aborts; then the error is the reason of the signal. */
async function abortable<Result>(socket: Socket, delivery: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  const abort = () => socket.destroy(new Error('cancelled', { cause: signal?.reason }))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await delivery
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}
