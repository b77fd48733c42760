/** Parses a form with files (`multipart/form-data`, RFC 7578) that is in memory. */
import type { RequestFields } from '../request/request.ts'
import { type FormFile, mediaTypeOf, type RequestRecord, toValues } from './received-request.ts'

/** Resolves with the fields and files of a form; with undefined if the body is not one, or is malformed. */
export async function parseMultipart(headers: RequestFields, body: Buffer): Promise<RequestRecord['multipart']> {
  if (mediaTypeOf(headers) !== 'multipart/form-data') return undefined
  try {
    const form = await new Response(body, { headers: { 'content-type': String(headers['content-type']) } }).formData()
    const texts: [string, string][] = []
    const files: FormFile[] = []
    for (const [field, value] of form) {
      if (typeof value === 'string') texts.push([field, value])
      else files.push({ field, name: value.name, type: value.type, content: new Uint8Array(await value.arrayBuffer()) })
    }
    return { form: toValues(texts), files }
  } catch {
    return undefined
  }
}
