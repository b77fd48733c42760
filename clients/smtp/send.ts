/** Sends a message: composes it, locates the server, connects, and delivers it. */
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import { parseServerAddress } from '../../shared/net/server-address.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { smtpDissector } from '../../shared/trace/dissectors/smtp.ts'
import type { SmtpRequest } from './request.ts'
import type { SendResult } from './result.ts'

/**
 * Sends a message (RFC 5321, section 3.3). If the server rejects some of the recipients, the others get the message, and the
 * result has the `rejected` ones with the server's replies.
 *
 * @throws UsageError for an invalid address or header, or an attachment that cannot be read; before connecting
 * @throws UnreachableError if no server listens there
 * @throws RefusedError with the server's code and text if it rejects every recipient, or the message
 */
export async function send(request: SmtpRequest, options: ClientOptions = {}): Promise<SendResult> {
  // Loads modules before connecting, because the greeting could arrive while they load.
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
