/** Runs one transfer over the data connection, from the reply 150 to 226 (RFC 959, section 5.4). */
import type { Socket } from 'node:net'
import { errorCode } from '../../../shared/errors.ts'
import type { Reply } from '../commands/command.ts'
import { requireProtection, secureDataSocket } from '../data-connection/secure-data.ts'
import { ReplyError } from '../session/replies.ts'
import { accountOf, type SessionState, type Transfer } from '../session/state.ts'
import { DataChannel } from './data-channel.ts'
import { IncompleteInputError } from './incoming-batches.ts'
import { Pacer } from './pacer.ts'

/** What one transfer does. */
export interface TransferPlan {
  readonly direction: Transfer['direction']
  /** Shown in the reply 150: `hello.txt (21 bytes)`. */
  readonly description: string
  /** The text of the reply 150, if it is not the default. */
  readonly opening?: string
  /** Transfers the bytes; resolves when the receiver has stored them. */
  run(channel: DataChannel, socket: Socket): Promise<void>
  /** Is called if the client or the session ends the transfer: the data connection is closed then. */
  onAbort?(): void
}

/** Codes of the errors of a data connection. */
const CONNECTION_ERRORS = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_UNABLE_TO_PIPE',
  // Writes to a TLS connection that was closed, or failed while it was read.
  'ECANCELED',
  'EPROTO',
])

/** The client broke the protocol, or ended it with an alert. */
const TLS_ERROR = /^ERR_(SSL|TLS)_/

/**
 * Opens the data connection that the client has set up, transfers, and sends the replies 150 and 226.
 *
 * @throws ReplyError 425 if there is no data connection, 426 if it fails or the client aborts
 */
export async function runTransfer(state: SessionState, reply: Reply, plan: TransferPlan): Promise<void> {
  const { connector } = state
  requireProtection(state)
  if (!connector) throw new ReplyError(425, 'Send PASV, EPSV, PORT or EPRT first')
  if (state.environment.isAbortNext()) throw new ReplyError(426, 'Transfer aborted')
  const { environment } = state
  const throttle = environment.startThrottle(accountOf(state))
  const part = environment.partBudget.take()
  let isAborted = false
  let socket: Socket | undefined
  let channel: DataChannel | undefined
  state.transfer = {
    direction: plan.direction,
    describe: () => `${plan.description}: ${channel?.bytes ?? 0} bytes moved`,
    abort: () => {
      isAborted = true
      plan.onAbort?.()
      connector.close()
      socket?.destroy()
    },
  }
  try {
    reply(150, plan.opening ?? `Data connection for ${plan.description}`)
    socket = await connector.open()
    socket = await secureDataSocket(state, socket, plan.direction)
    channel = new DataChannel(socket, {
      trace: environment.dataConnection.trace,
      direction: plan.direction === 'upload' ? 'request' : 'response',
      partBytes: part.bytes,
      pacer: throttle && new Pacer(throttle, socket),
    })
    await plan.run(channel, socket)
    // After a download: discards unexpected input, so that the socket reads the end of the client's side and closes.
    socket.resume()
    reply(226, 'Transfer complete')
  } catch (error) {
    channel?.emitTransfer()
    socket?.destroy()
    throw isAborted ? new ReplyError(426, 'Transfer aborted') : toTransferError(error)
  } finally {
    throttle?.release()
    part.release()
    state.transfer = undefined
  }
}

function toTransferError(error: unknown): unknown {
  const code = errorCode(error) ?? ''
  const isConnectionError = error instanceof IncompleteInputError || CONNECTION_ERRORS.has(code) || TLS_ERROR.test(code)
  return isConnectionError ? new ReplyError(426, 'The data connection broke; transfer aborted') : error
}

/** Runs a command that transfers, then closes its connector even if the command failed: a connector serves one command. */
export async function thenCloseConnector(state: SessionState, command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } finally {
    closeConnector(state)
  }
}

export function closeConnector(state: SessionState): void {
  state.connector?.close()
  state.connector = undefined
}
