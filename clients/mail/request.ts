/** Sends one request to the HTTP server that has the mail, and checks the status of the response. */
import { type IncomingMessage, request as sendRequest } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { errorText, RefusedError, UsageError } from '../../shared/errors.ts'
import { formatAuthority } from '../../shared/net/address.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import { parseServerAddress } from '../../shared/net/server-address.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { httpDissector } from '../../shared/trace/dissectors/http.ts'
import type { ServerFlags } from './options.ts'

export interface MailRequest extends ServerFlags {
  readonly method?: 'GET' | 'DELETE' | undefined
  /** With the query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Bytes of an error response that are read. */
const MAX_ERROR_BYTES = 64 * 1024

/**
 * Resolves with a successful response; its body is not read yet.
 *
 * @throws RefusedError for a status of 400 or more, with the reason that the server gives
 * @throws UnreachableError if no server listens there
 */
export async function request(mailRequest: MailRequest, options: ClientOptions): Promise<IncomingMessage> {
  const { server, method = 'GET', path, headers } = mailRequest
  const credentials = credentialsOf(mailRequest)
  const { host, port } = server === undefined ? {} : parseServerAddress(server)
  const locate = options.locate ?? locateDirectly
  const location = await locate({ service: 'http', host, port, signal: options.signal })
  const socket = await connectTcp(location, { protocol: 'http', dissector: httpDissector }, options)
  const response = await exchange(socket, options, {
    method,
    path,
    headers: {
      Host: formatAuthority(host ?? location.host, location.port),
      'User-Agent': 'fourwire',
      Connection: 'close',
      ...(credentials === undefined ? {} : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      ...headers,
    },
  })
  const { statusCode = 0 } = response
  if (statusCode < 400) return response
  throw new RefusedError(statusCode, await reasonOf(response, credentials))
}

interface Head {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Resolves when the head of the response has arrived. */
function exchange(socket: Socket, options: ClientOptions, head: Head): Promise<IncomingMessage> {
  const { timeout = DEFAULT_TIMEOUT_MS, signal } = options
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(new RefusedError('timeout', 'the server did not respond in time')),
      timeout,
    )
    const outgoing = sendRequest({ ...head, createConnection: () => socket, ...(signal && { signal }) })
    outgoing.once('response', response => {
      clearTimeout(timer)
      resolve(response)
    })
    outgoing.once('error', error => {
      clearTimeout(timer)
      socket.destroy()
      reject(translateError(error, options))
    })
    outgoing.end()
  })
}

/** @throws the reason of the signal if the caller aborted it */
export function translateError(error: unknown, { signal }: ClientOptions): Error {
  signal?.throwIfAborted()
  if (error instanceof RefusedError) return error
  return new RefusedError('closed', `the server failed: ${errorText(error)}`, { cause: error })
}

async function reasonOf(response: IncomingMessage, credentials: string | undefined): Promise<string> {
  let size = 0
  response.on('data', chunk => {
    size += chunk.length
    if (size > MAX_ERROR_BYTES) response.destroy()
  })
  const body = await text(response).catch(() => '')
  const [, detail = response.statusMessage ?? ''] = body.split('\n')
  const advice = response.statusCode === 401 && credentials === undefined ? ' Give it with --user and --password' : ''
  return `${detail}${advice}`
}

/** RFC 7617, section 2. */
function credentialsOf({ user, password }: ServerFlags): string | undefined {
  if (user === undefined && password === undefined) return undefined
  if (user === undefined || password === undefined) {
    throw new UsageError('--user and --password belong together. Give both, or none')
  }
  if (user.includes(':')) throw new UsageError(`--user: ${JSON.stringify(user)} must not contain a colon`)
  return `${user}:${password}`
}
