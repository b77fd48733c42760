/** What is answered, as a value: handlers make it, only `send.ts` writes it. Pure. */
import type { SelectingFields } from './representation.ts'

export interface Answer {
  readonly status: number
  /** Name, value, name, value: the shape that node:http writes fastest. */
  readonly headers: readonly string[]
  readonly body?: Body | undefined
}

export type Body = string | Uint8Array | StreamedBody

/** A body that is read while it is sent. Whoever gets it calls `close`, read or not. */
export interface StreamedBody {
  chunks(): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** Header fields by their names in small letters. */
export type Fields = SelectingFields & Readonly<Record<string, string | readonly string[] | undefined>>

/** What there is of a request beside its head; most handlers never look at it. */
export interface Rest {
  /** Who asks. */
  readonly client: { readonly address: string; readonly port: number }
  /** Reads the body, up to that many bytes; or gives the answer to one that is too long or too slow. */
  body(maxBytes: number): Promise<Buffer | Answer>
}

/** What a handler gets. */
export interface Request {
  readonly method: string
  /** Decoded. */
  readonly path: string
  /** As it was sent, without the question mark. */
  readonly query: string
  readonly headers: Fields
  /** What stood for the `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>
  readonly rest: Rest
}

/** At once where it can: a promise costs as much as the rest of a small answer. */
export type Handler = (request: Request) => Answer | Promise<Answer>

export const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
}

/** A short, plain page about a status: `404 Not Found`, and a sentence on what to make of it. */
export function page(status: number, detail: string, headers: readonly string[] = []): Answer {
  return text(status, 'text/plain; charset=utf-8', `${status} ${REASONS[status]}\n${detail}\n`, headers)
}

/** JSON, indented: people read it. */
export function json(value: unknown): Answer {
  const headers = ['Cache-Control', 'no-store']
  return text(200, 'application/json; charset=utf-8', `${JSON.stringify(value, undefined, 2)}\n`, headers)
}

/** A page that is made for this request. */
export function text(status: number, type: string, content: string, headers: readonly string[] = []): Answer {
  const body = Buffer.from(content)
  return { status, headers: [...describe(type, body.length), ...headers], body }
}

/** The fields every body has. `nosniff`: a file is what its type says, not what a browser guesses from its bytes. */
export function describe(type: string, length: number): string[] {
  return ['Content-Type', type, 'Content-Length', String(length), 'X-Content-Type-Options', 'nosniff']
}
