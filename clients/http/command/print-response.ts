/** Prints a response on standard output: unchanged to a pipe, and safe and readable on a terminal. */
import { pipeline } from 'node:stream/promises'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { escapeControls, TerminalText } from '../../../shared/terminal-text.ts'
import type { HttpResponse } from '../response.ts'
import { charsetOf, isJsonType } from './content-type.ts'
import { formatHead, toDocument } from './format-head.ts'
import { formatJson } from './format-json.ts'

/** Longer JSON is printed as it arrives, because it has to be in memory to be indented. */
const MAX_FORMATTED_BYTES = 4 * 1024 * 1024

interface PrintOptions {
  readonly include: boolean
  /** The body is decompressed. */
  readonly compressed: boolean
}

/** Prints the body, with `include` after the head; or all as one JSON document. */
export async function printResponse(
  response: HttpResponse,
  { include, compressed }: PrintOptions,
  context: ClientContext,
): Promise<void> {
  if (context.json) return context.show(toDocument(response, await response.bytes()), '')
  const { stdout } = context
  const head = include ? printedHead(response, context) : ''
  try {
    await pipeline(
      stdout.isTTY ? withLineEnd(terminalLines(head, response, compressed, context)) : bytes(head, response),
      stdout,
      {
        end: false,
      },
    )
  } catch (error) {
    // The next program (`| head`) has closed the pipe.
    if (errorCode(error) !== 'EPIPE') throw error
  }
}

/** Returns the head as it is printed on standard output. */
export function printedHead(response: HttpResponse, { stdout, color }: ClientContext): string {
  return formatHead(response, { isTerminal: stdout.isTTY === true, color })
}

async function* bytes(head: string, response: HttpResponse): AsyncGenerator<Uint8Array> {
  if (head !== '') yield Buffer.from(head)
  yield* response
}

/** Ends the last line, so that an error or the prompt of the shell begins a line. */
async function* withLineEnd(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let isAtLineStart = true
  try {
    for await (const part of parts) {
      if (part !== '') isAtLineStart = part.endsWith('\n')
      yield part
    }
  } catch (error) {
    if (!isAtLineStart) yield '\n'
    throw error
  }
  if (!isAtLineStart) yield '\n'
}

async function* terminalLines(
  head: string,
  response: HttpResponse,
  compressed: boolean,
  { color }: ClientContext,
): AsyncGenerator<string> {
  if (head !== '') yield head
  const chunks = response[Symbol.asyncIterator]()
  const { 'content-encoding': coding = 'identity', 'content-type': type } = response.headers
  const text = new TerminalText(charsetOf(type))
  const encoded = compressed || coding === 'identity' ? undefined : coding
  if (isJsonType(type)) {
    const beginning = await readBeginning(chunks)
    const formatted = beginning.isWhole ? formatJson(new TextDecoder().decode(beginning.bytes), color) : undefined
    if (formatted === undefined) checkPrintable(beginning.bytes, encoded)
    yield formatted ?? text.push(beginning.bytes)
    if (formatted !== undefined) return
  }
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
    checkPrintable(chunk, encoded)
    yield text.push(chunk)
  }
  yield text.push()
}

/** @throws UsageError if the bytes are not text */
function checkPrintable(bytes: Uint8Array, encoded: string | undefined): void {
  if (bytes.length > 0 && encoded !== undefined) {
    const advice = 'Add --compressed, or save it with -o FILE'
    throw new UsageError(
      `the body is encoded (${escapeControls(encoded)}) and standard output is a terminal. ${advice}`,
    )
  }
  if (!bytes.includes(0)) return
  throw new UsageError('the body is binary and standard output is a terminal. Save it with -o FILE')
}

/** Reads chunks up to the bound. */
async function readBeginning(chunks: AsyncIterator<Uint8Array>): Promise<{ bytes: Uint8Array; isWhole: boolean }> {
  const read: Uint8Array[] = []
  let size = 0
  while (size < MAX_FORMATTED_BYTES) {
    const { value, done } = await chunks.next()
    if (done) return { bytes: Buffer.concat(read), isWhole: true }
    read.push(value)
    size += value.length
  }
  return { bytes: Buffer.concat(read), isWhole: false }
}
