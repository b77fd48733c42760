/** Formats the head of a response, and its JSON document. Pure. */
import { isUtf8 } from 'node:buffer'
import { styleText } from 'node:util'
import { escapeControls } from '../../../shared/terminal-text.ts'
import type { HttpResponse } from '../response.ts'

type ResponseHead = Pick<HttpResponse, 'httpVersion' | 'status' | 'statusText' | 'fields'>

/** Where a head is printed. */
export interface HeadStyle {
  readonly isTerminal: boolean
  readonly color: boolean
}

/** Returns status line and header fields, with an empty line after them; on a terminal without control characters. */
export function formatHead(head: ResponseHead, { isTerminal, color }: HeadStyle): string {
  const { httpVersion, status, statusText, fields } = head
  const clean = (text: string) => (isTerminal ? escapeControls(text).replaceAll('\n', '\\x0a') : text)
  const paint = (format: 'bold' | 'cyan', text: string) =>
    color ? styleText(format, clean(text), { validateStream: false }) : clean(text)
  const lines = [
    paint('bold', `HTTP/${httpVersion} ${status} ${statusText}`.trimEnd()),
    ...fields.map(([name, value]) => `${paint('cyan', name)}: ${clean(value)}`),
  ]
  return `${lines.join('\n')}\n\n`
}

/** Returns the JSON document of a response: the body as text if it is valid UTF-8, else as base64. */
export function toDocument(response: HttpResponse, bytes: Uint8Array) {
  const isText = isUtf8(bytes)
  const body = Buffer.from(bytes).toString(isText ? 'utf8' : 'base64')
  return { ...headDocument(response), encoding: isText ? 'utf8' : 'base64', body }
}

/** Returns the document of a response without its body. */
export function headDocument({ url, httpVersion, status, statusText, headers, timings }: HttpResponse) {
  const rounded = Object.entries(timings).map(([step, time]) => [step, Math.round(time * 1000) / 1000])
  return { url, httpVersion, status, statusText, headers, timings: Object.fromEntries(rounded) }
}
