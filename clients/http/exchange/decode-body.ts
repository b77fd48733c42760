/** Decompresses the body of a response (RFC 9110, section 8.4). */
import { type Duplex, PassThrough, pipeline } from 'node:stream'
import * as zlib from 'node:zlib'
import { errorText, RefusedError } from '../../../shared/errors.ts'

/** Bounds the memory and the work that a response can cause. No server applies more than two. */
const MAX_CODINGS = 4

/** Creates a decoder for a body that begins with these bytes. */
type CreateDecoder = (beginning: Uint8Array) => Duplex

/** Node 20 has no zstd. */
const zstd: CreateDecoder | undefined =
  'createZstdDecompress' in zlib && typeof zlib.createZstdDecompress === 'function'
    ? (zlib.createZstdDecompress as CreateDecoder)
    : undefined

const DECODERS: Readonly<Record<string, CreateDecoder>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  // A zlib stream has method 8 in the lower half of its first byte (RFC 1950). Some servers send raw deflate instead.
  deflate: ([first = 0]) => ((first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
  br: () => zlib.createBrotliDecompress(),
  ...(zstd && { zstd: () => zstd(new Uint8Array()) }),
}

/** The value of Accept-Encoding. */
export const ACCEPTED_CODINGS = `gzip, deflate, br${zstd ? ', zstd' : ''}`

/**
 * Returns the content codings of a body in the order in which the server applied them.
 *
 * @throws RefusedError if there is one that this client does not know
 */
export function parseCodings(contentEncoding: string | undefined): readonly string[] {
  const codings = (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map(coding => coding.trim())
    .filter(coding => coding !== '' && coding !== 'identity')
  const unknown = codings.find(coding => !Object.hasOwn(DECODERS, coding))
  if (unknown !== undefined) {
    throw new RefusedError('coding', `cannot decompress the body: the server used ${JSON.stringify(unknown)}`)
  }
  if (codings.length > MAX_CODINGS) {
    throw new RefusedError('coding', `cannot decompress the body: the server compressed it ${codings.length} times`)
  }
  return codings
}

/**
 * Decompresses a body, as fast as the caller reads.
 *
 * @throws RefusedError if it is damaged or ends too early
 */
export async function* decodeBody(
  body: AsyncIterable<Uint8Array>,
  codings: readonly string[],
): AsyncGenerator<Uint8Array> {
  try {
    yield* codings.toReversed().reduce(decodeOnce, body)
  } catch (error) {
    throw isDecodingError(error) ? decodingError(codings, error) : error
  }
}

async function* decodeOnce(source: AsyncIterable<Uint8Array>, coding: string): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  const first = await chunks.next()
  // The response to HEAD has the field, but no body.
  if (first.done) return
  const decoder = DECODERS[coding]?.(first.value) ?? new PassThrough()
  async function* input(): AsyncGenerator<Uint8Array> {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  // An error of the input reaches the loop through the decoder.
  pipeline(input, decoder, () => {})
  yield* decoder
}

function decodingError(codings: readonly string[], cause: unknown): RefusedError {
  const text = `cannot decompress the body (${codings.join(', ')}): ${errorText(cause)}`
  return new RefusedError('coding', text, { cause })
}

/** `Z_DATA_ERROR`, `ERR__ERROR_FORMAT_...` of Brotli, `ZSTD_error_...`. */
function isDecodingError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|ERR__|ZSTD_)/.test(String(error.code))
}
