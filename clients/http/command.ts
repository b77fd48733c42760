/** `fourwire http`: sends the request that the arguments describe and prints the response. */
import { isUtf8 } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { errorCode, errorText, RefusedError, UsageError } from '../../shared/errors.ts'
import { hostOf } from '../../shared/net/address.ts'
import { readCaFile } from '../../shared/net/tls/ca-file.ts'
import type { ClientContext } from '../../shared/service.ts'
import { openBody } from './body.ts'
import type { Session } from './cookies/session-file.ts'
import { describeRedirect } from './redirect.ts'
import { type HttpRequest, request } from './request.ts'
import type { HttpResponse } from './response.ts'
import { parseArguments, parseHeaders, withDefaultHeaders } from './url.ts'

/** The arguments and flags of `fourwire http`. */
export interface HttpCommand {
  readonly request: readonly string[]
  readonly header: readonly string[]
  readonly body?: string | undefined
  readonly form: boolean
  readonly include: boolean
  readonly output?: string | undefined
  readonly follow: boolean
  readonly session?: string | undefined
  readonly cacert?: string | undefined
  readonly insecure: boolean
}

const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' }

/**
 * Sends a request and prints the response.
 *
 * @throws RefusedError for a status of 400 or more, after the body was printed
 * @throws UsageError for invalid arguments, header fields and files
 */
export async function runRequest(input: HttpCommand, context: ClientContext): Promise<void> {
  const { method, url } = parseArguments(input.request, input.body === undefined ? 'GET' : 'POST')
  if (input.form && input.body === undefined) throw new UsageError('--form needs a body. Give it with -d')
  const headers = parseHeaders(input.header)
  const session = await openSessionOf(input)
  const opened = input.body === undefined ? undefined : await openBody(input.body, context)
  const httpRequest: HttpRequest = {
    url,
    method,
    headers: withDefaultHeaders({ ...opened?.headers, ...(input.form ? FORM_TYPE : {}) }, headers),
    body: opened?.body,
    redirect: input.follow ? 'follow' : 'manual',
    verification: {
      ca: await readCaFile(input.cacert),
      insecure: input.insecure,
    },
    cookies: session?.cookies,
  }
  try {
    const response = await exchange(httpRequest, { ...input, include: input.include || method === 'HEAD' }, context)
    checkStatus(response, session)
    const redirect = input.follow ? undefined : describeRedirect(response)
    if (redirect !== undefined) context.stderr.write(`${redirect}\n`)
  } finally {
    await opened?.close()
    // Also after an error: a redirect or an error response can have set cookies.
    await session?.save()
  }
}

async function openSessionOf({ session }: HttpCommand): Promise<Session | undefined> {
  if (session === undefined) return undefined
  const { openSession } = await import('./cookies/session-file.ts')
  return openSession(session)
}

async function exchange(httpRequest: HttpRequest, input: HttpCommand, context: ClientContext): Promise<HttpResponse> {
  const response = await request(httpRequest, context)
  try {
    await print(response, input, context)
  } finally {
    response.discard()
  }
  return response
}

/** @throws RefusedError for an error status; for 401, the text names the hosts of the cookies if none is for this host */
function checkStatus({ status, statusText, url }: HttpResponse, session: Session | undefined): void {
  if (status < 400) return
  const hint = status === 401 ? session?.otherHosts(hostOf(new URL(url))) : undefined
  const message = hint === undefined ? {} : { message: `${`${status} ${statusText}`.trimEnd()}. ${hint}` }
  throw new RefusedError(status, statusText, message)
}

async function print(response: HttpResponse, input: HttpCommand, context: ClientContext): Promise<void> {
  // The body of an error response is not the file.
  const file = response.status < 400 && input.output !== '-' ? input.output : undefined
  if (file !== undefined) return save(response, file, input, context)
  if (context.json) return context.show(await toJson(response), '')
  const head = input.include ? formatHead(response) : ''
  await write(response, head, context)
}

/** Writes head and body to standard output. EPIPE is not an error: the next program (`| head`) has closed the pipe. */
async function write(response: HttpResponse, head: string, { stdout }: ClientContext): Promise<void> {
  async function* headAndBody(): AsyncGenerator<Uint8Array> {
    if (head !== '') yield Buffer.from(head)
    for await (const chunk of response) {
      if (stdout.isTTY && chunk.includes(0)) {
        throw new UsageError('the body is binary and standard output is a terminal. Save it with -o FILE')
      }
      yield chunk
    }
  }
  try {
    await pipeline(headAndBody, stdout, { end: false })
  } catch (error) {
    if (errorCode(error) !== 'EPIPE') throw error
  }
}

async function save(
  response: HttpResponse,
  file: string,
  { include }: HttpCommand,
  context: ClientContext,
): Promise<void> {
  const target = createWriteStream(file)
  try {
    await pipeline(response, target)
  } catch (error) {
    if (error instanceof RefusedError || context.signal.aborted) throw error
    throw new UsageError(`--output ${file}: cannot write: ${errorText(error)}`, { cause: error })
  }
  const { url, status, statusText, headers } = response
  const size = target.bytesWritten
  if (context.json) return context.show({ url, status, statusText, headers, file, size }, '')
  if (include) context.stdout.write(formatHead(response))
  context.stderr.write(`${size} bytes saved to ${file}\n`)
}

/** Returns the response for `--json`: the body as text if it is valid UTF-8, else as base64. */
async function toJson(response: HttpResponse) {
  const { url, status, statusText, headers } = response
  const bytes = Buffer.from(await response.bytes())
  const isText = isUtf8(bytes)
  const body = bytes.toString(isText ? 'utf8' : 'base64')
  return { url, status, statusText, headers, encoding: isText ? 'utf8' : 'base64', body }
}

function formatHead({ status, statusText, fields }: HttpResponse): string {
  const lines = [`HTTP/1.1 ${status} ${statusText}`.trimEnd(), ...fields.map(([name, value]) => `${name}: ${value}`)]
  return `${lines.join('\n')}\n\n`
}
