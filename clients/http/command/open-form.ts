/** Opens a body of type multipart/form-data (RFC 7578). */
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ClientContext } from '../../../shared/service.ts'
import { type BodySource, type OpenedBody, openSource } from './body-source.ts'
import { endOfForm, type FormPart, headOfPart } from './form-parts.ts'

const LINE_END = Buffer.from('\r\n')

/** A part that is ready to send. */
interface OpenedPart {
  readonly head: Uint8Array
  readonly content: Uint8Array | BodySource
}

/** The body has a length, unless a file has none. If all parts are texts, it can be sent again after a redirect. */
export async function openForm(parts: readonly FormPart[], context: ClientContext): Promise<OpenedBody> {
  const boundary = `fourwire-${randomUUID()}`
  const opened: OpenedPart[] = []
  const close = async () => {
    for (const { content } of opened) if ('chunks' in content) await content.close()
  }
  try {
    for (const part of parts) {
      opened.push({ head: headOfPart(part, boundary), content: await openPart(part, context) })
    }
  } catch (error) {
    await close()
    throw error
  }
  const end = endOfForm(boundary)
  const size = opened.reduce((sum, part) => sum + sizeOf(part), end.length)
  const length = Number.isNaN(size) ? {} : { 'Content-Length': String(size) }
  const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}`, ...length }
  const isText = opened.every(({ content }) => content instanceof Uint8Array)
  const bytes = formBytes(opened, end)
  return { body: isText ? await buffer(bytes) : bytes, headers, close }
}

async function openPart({ name, content }: FormPart, context: ClientContext): Promise<OpenedPart['content']> {
  if ('text' in content) return Buffer.from(content.text)
  return openSource(content.file, `--form ${name}=@${content.file}`, context)
}

/** Returns NaN if the content has no size. */
function sizeOf({ head, content }: OpenedPart): number {
  const size = content instanceof Uint8Array ? content.length : (content.size ?? Number.NaN)
  return head.length + size + LINE_END.length
}

async function* formBytes(parts: readonly OpenedPart[], end: Uint8Array): AsyncGenerator<Uint8Array> {
  for (const { head, content } of parts) {
    yield head
    if (content instanceof Uint8Array) yield content
    else yield* content.chunks
    yield LINE_END
  }
  yield end
}
