/** Parses the body of a request by its media type, in the format of go-httpbin. */
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'
import type { RequestFields } from '../../request/request.ts'
import { MAX_BODY_BYTES, MAX_FORM_VALUES, MAX_JSON_DEPTH, MAX_JSON_VALUES } from '../bounds.ts'
import { BINARY } from '../content.ts'
import { EndpointError } from '../endpoint.ts'
import { fieldOf, groupValues, type Values } from './describe-request.ts'

export interface ParsedBody {
  /** The body as text, or as a data URL if it is of another type than text, a form or JSON. */
  readonly data: string
  readonly files: Values
  readonly form: Values
  readonly json: unknown
}

const SLICE_BYTES = 16 * 1024

const EMPTY: ParsedBody = { data: '', files: {}, form: {}, json: null }

/** @throws EndpointError (400) if the body is not of its declared type */
export async function parseBody(body: Buffer, headers: RequestFields): Promise<ParsedBody> {
  if (body.length === 0) return EMPTY
  const field = fieldOf(headers, 'content-type')
  const type = field.split(';')[0]?.trim().toLowerCase() ?? ''
  const data = body.toString('utf8')
  switch (type) {
    case 'text/plain':
    case 'text/html':
      return { ...EMPTY, data }
    case 'application/json':
      return { ...EMPTY, data, json: parseJson(data) }
    case 'application/x-www-form-urlencoded':
      return { ...EMPTY, data, form: parseForm(data) }
    case 'multipart/form-data':
      return { ...EMPTY, data, ...(await parseMultipart(body, field)) }
    default:
      return { ...EMPTY, data: dataUrl(body, type) }
  }
}

function parseJson(data: string): unknown {
  const { depth, values } = measureJson(data)
  if (depth > MAX_JSON_DEPTH) {
    throw new EndpointError(400, `The JSON of the body is more than ${MAX_JSON_DEPTH} levels deep.`)
  }
  if (values > MAX_JSON_VALUES) {
    throw new EndpointError(
      413,
      `The JSON of the body has more than ${MAX_JSON_VALUES} values. Use /test/upload for larger ones.`,
    )
  }
  try {
    return JSON.parse(data)
  } catch (cause) {
    throw new EndpointError(400, `The body is not JSON: ${String(cause)}.`, [], { cause })
  }
}

/**
 * Returns the depth of JSON, which is how many brackets are open at once, and how many values it has at most: one for each bracket
 * that opens and each comma. Those in strings do not count.
 */
function measureJson(data: string): { depth: number; values: number } {
  let open = 0
  let depth = 0
  let values = 1
  let isInString = false
  for (let index = 0; index < data.length; index += 1) {
    const character = data[index]
    if (character === '"') isInString = !isInString
    else if (isInString && character === '\\') index += 1
    else if (isInString) continue
    else if (character === '[' || character === '{') {
      open += 1
      values += 1
      depth = Math.max(depth, open)
    } else if (character === ']' || character === '}') open -= 1
    else if (character === ',') values += 1
  }
  return { depth, values }
}

function parseForm(data: string): Values {
  if (/%(?![0-9a-f]{2})/i.test(data))
    throw new EndpointError(400, 'The form has a % that no two hexadecimal digits follow.')
  if (data.split('&', MAX_FORM_VALUES + 1).length > MAX_FORM_VALUES) throw tooManyValues()
  return groupValues(new URLSearchParams(data))
}

async function parseMultipart(body: Buffer, type: string): Promise<Pick<ParsedBody, 'files' | 'form'>> {
  const fields: [string, string][] = []
  const files: [string, string][] = []
  let hasTooManyParts = false
  try {
    const parser = createParser(type)
    parser.on('field', (name: string, value: string) => fields.push([name, value]))
    parser.on('file', (name: string, content: BusboyFileStream) => {
      const chunks: Buffer[] = []
      content.on('data', chunk => chunks.push(chunk))
      content.on('end', () => files.push([name, Buffer.concat(chunks).toString('utf8')]))
      // The parser reports an incomplete part here as well as in its own error.
      content.on('error', () => undefined)
    })
    parser.once('partsLimit', () => {
      hasTooManyParts = true
    })
    await pipeline(
      slices(body, () => hasTooManyParts),
      parser,
    )
  } catch (cause) {
    // The rest of the form is then missing.
    if (hasTooManyParts) throw tooManyValues()
    throw new EndpointError(400, `The form is malformed: ${cause instanceof Error ? cause.message : ''}.`, [], {
      cause,
    })
  }
  if (hasTooManyParts) throw tooManyValues()
  return { form: groupValues(fields), files: groupValues(files) }
}

/** The parser continues after its limit of parts, so it gets the form in slices until it has reached the limit. */
function* slices(body: Buffer, isEnough: () => boolean): Generator<Buffer> {
  for (let start = 0; start < body.length && !isEnough(); start += SLICE_BYTES) {
    yield body.subarray(start, start + SLICE_BYTES)
  }
}

function tooManyValues(): EndpointError {
  return new EndpointError(400, `The form has more than ${MAX_FORM_VALUES} values.`)
}

function createParser(type: string): BusboyInstance {
  const bytes = MAX_BODY_BYTES
  const limits = {
    parts: MAX_FORM_VALUES,
    fields: MAX_FORM_VALUES,
    files: MAX_FORM_VALUES,
    fieldSize: bytes,
    fileSize: bytes,
  }
  return new Busboy({ headers: { 'content-type': type }, limits: { ...limits, headerPairs: 20, headerSize: 8192 } })
}

/** Base64 with the alphabet for URLs, as go-httpbin writes it. */
function dataUrl(body: Buffer, type: string): string {
  const encoded = body.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
  return `data:${type || BINARY};base64,${encoded}`
}
