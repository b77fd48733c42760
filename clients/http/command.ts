/** What `fourwire http` does: words and flags to a request, a reply to what is printed. */
import { isUtf8 } from 'node:buffer'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { errorCode, errorText, RefusedError, UsageError } from '../../shared/errors.ts'
import type { ClientContext } from '../../shared/service.ts'
import { openContent } from './content.ts'
import type { HttpReply } from './reply.ts'
import { type HttpRequest, request } from './request.ts'
import { parseHeaders, parseWords } from './url.ts'

/** What was typed after `fourwire http`. */
export interface HttpCommand {
  readonly request: readonly string[]
  readonly header: readonly string[]
  readonly body?: string | undefined
  readonly include: boolean
  readonly output?: string | undefined
  readonly follow: boolean
}

/**
 * @throws RefusedError for a status of 400 and more, after its body was printed
 * @throws UsageError for words, fields and files that make no sense
 */
export async function runRequest(input: HttpCommand, context: ClientContext): Promise<void> {
  const { method, url } = parseWords(input.request, input.body === undefined ? 'GET' : 'POST')
  const headers = parseHeaders(input.header)
  const content = input.body === undefined ? undefined : await openContent(input.body, context)
  const asked: HttpRequest = {
    url,
    method,
    headers: { ...content?.headers, ...headers },
    body: content?.body,
    redirect: input.follow ? 'follow' : 'manual',
  }
  try {
    await ask(asked, { ...input, include: input.include || method === 'HEAD' }, context)
  } finally {
    await content?.close()
  }
}

async function ask(asked: HttpRequest, input: HttpCommand, context: ClientContext): Promise<void> {
  const reply = await request(asked, context)
  try {
    await print(reply, input, context)
  } finally {
    reply.discard()
  }
  if (reply.status >= 400) throw new RefusedError(reply.status, reply.statusText)
}

async function print(reply: HttpReply, input: HttpCommand, context: ClientContext): Promise<void> {
  // The page that says why there is no such file is not the file.
  const file = reply.status < 400 && input.output !== '-' ? input.output : undefined
  if (file !== undefined) return save(reply, file, input, context)
  if (context.json) return context.show(await describe(reply), '')
  const head = input.include ? formatHead(reply) : ''
  await write(reply, head, context)
}

/** Head and body to standard output, as they come; whoever stops reading (`| head`) has had enough. */
async function write(reply: HttpReply, head: string, { stdout }: ClientContext): Promise<void> {
  async function* all(): AsyncGenerator<Uint8Array> {
    if (head !== '') yield Buffer.from(head)
    for await (const piece of reply) {
      if (stdout.isTTY && piece.includes(0)) {
        throw new UsageError('the body is not text, and standard output is a terminal; save it with -o FILE')
      }
      yield piece
    }
  }
  try {
    await pipeline(all, stdout, { end: false })
  } catch (error) {
    if (errorCode(error) !== 'EPIPE') throw error
  }
}

async function save(reply: HttpReply, file: string, { include }: HttpCommand, context: ClientContext): Promise<void> {
  const target = createWriteStream(file)
  try {
    await pipeline(reply, target)
  } catch (error) {
    if (error instanceof RefusedError || context.signal.aborted) throw error
    throw new UsageError(`--output ${file}: cannot be written: ${errorText(error)}`, { cause: error })
  }
  const { url, status, statusText, headers } = reply
  const size = target.bytesWritten
  if (context.json) return context.show({ url, status, statusText, headers, file, size }, '')
  if (include) context.stdout.write(formatHead(reply))
  context.stderr.write(`${size} bytes saved to ${file}\n`)
}

/** The reply for a program: the body as text where it is text, else as base64. */
async function describe(reply: HttpReply) {
  const { url, status, statusText, headers } = reply
  const bytes = Buffer.from(await reply.bytes())
  const isText = isUtf8(bytes)
  const body = bytes.toString(isText ? 'utf8' : 'base64')
  return { url, status, statusText, headers, encoding: isText ? 'utf8' : 'base64', body }
}

function formatHead({ status, statusText, fields }: HttpReply): string {
  const lines = [`HTTP/1.1 ${status} ${statusText}`.trimEnd(), ...fields.map(([name, value]) => `${name}: ${value}`)]
  return `${lines.join('\n')}\n\n`
}
