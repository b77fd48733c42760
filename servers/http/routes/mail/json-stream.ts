/** Writes a large object as JSON in pieces, so that other requests are handled between them. */
import type { StreamedBody } from '../../response/response.ts'

/** Characters of a text that are converted at once: a millisecond, even if each is escaped. */
const PIECE_LENGTH = 32 * 1024

/** Returns the JSON of an object; its long strings are converted piece by piece. */
export function streamJson(value: object): StreamedBody {
  return { chunks: () => chunks(value), close: async () => {} }
}

async function* chunks(value: object): AsyncGenerator<Uint8Array> {
  let separator = '{\n'
  for (const [name, property] of Object.entries(value)) {
    if (property === undefined) continue
    yield Buffer.from(`${separator}  ${JSON.stringify(name)}: `)
    separator = ',\n'
    for (const piece of piecesOf(property)) {
      yield Buffer.from(piece)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  yield Buffer.from('\n}\n')
}

function* piecesOf(property: unknown): Generator<string> {
  if (typeof property !== 'string') {
    yield JSON.stringify(property, undefined, 2).replaceAll('\n', '\n  ')
    return
  }
  yield '"'
  for (let start = 0; start < property.length; start += PIECE_LENGTH) {
    // Half of a surrogate pair is escaped: `\ud83d`; with its other half it is the same character.
    yield JSON.stringify(property.slice(start, start + PIECE_LENGTH)).slice(1, -1)
  }
  yield '"'
}
