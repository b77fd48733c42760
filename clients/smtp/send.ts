/** Sends one message: makes it, finds the server, connects, hands it over. */
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import { parseServerAddress } from '../../shared/net/server-address.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { smtpDissector } from '../../shared/trace/dissectors/smtp.ts'
import type { SmtpReply } from './reply.ts'
import type { SmtpRequest } from './request.ts'

/**
 * Sends a message (RFC 5321, section 3.3). Where the server refuses some of the recipients, it goes to the others, and
 * the reply's `rejected` says which and why.
 *
 * @throws UsageError for an address, a header or an attachment that cannot be sent; nothing was connected then
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError with the server's code and text when it refuses every recipient, or the message
 */
export async function send(request: SmtpRequest, options: ClientOptions = {}): Promise<SmtpReply> {
  // Before connecting: nothing may come between the connection and whoever hears its greeting.
  const [{ compose }, { deliver }] = await Promise.all([import('./compose.ts'), import('./delivery.ts')])
  const message = await compose(request)
  const { host, port } = request.server === undefined ? {} : parseServerAddress(request.server)
  const locate = options.locate ?? locateDirectly
  const server = await locate({ service: 'smtp', host, port, signal: options.signal })
  const socket = await connectTcp(server, { protocol: 'smtp', dissector: smtpDissector }, options)
  const abort = () => socket.destroy(new Error('cancelled', { cause: options.signal?.reason }))
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    return { ...(await deliver(socket, message, options.timeout ?? DEFAULT_TIMEOUT_MS)), server }
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}
