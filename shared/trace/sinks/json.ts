/** The JSON-lines sink and its parser: one event per line, bytes in base64. */
import * as z from 'zod'
import { TRACED_PROTOCOL_NAMES } from '../../protocols/index.ts'
import type { MessageEvent, TraceEvent, TransferEvent } from '../event.ts'

/** Encodes an event as one line of JSON, without the line ending. */
export function encodeEvent(event: TraceEvent): string {
  return event.kind === 'message' || event.kind === 'transfer' ? encodeMessage(event) : JSON.stringify(event)
}

/**
 * The same text as that of `JSON.stringify` in half of the time: with `--json`, a busy server encodes ten events for each mail
 * message. Only the conversations and the summary can have characters that JSON escapes.
 */
function encodeMessage(event: MessageEvent | TransferEvent): string {
  const { time, protocol, side, conversation, channel, cause, kind, direction, exchange, summary, bytes, size } = event
  const head = `"time":${time},"protocol":"${protocol}","side":"${side}","conversation":${JSON.stringify(conversation)}`
  const origin = cause === undefined ? '' : `"cause":${JSON.stringify(cause)},`
  const place = `"channel":"${channel}",${origin}"kind":"${kind}","direction":"${direction}","exchange":${exchange}`
  return `{${head},${place},"summary":${JSON.stringify(summary)},"bytes":"${base64(bytes)}","size":${size}}`
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

const base = {
  time: z.number(),
  protocol: z.enum(TRACED_PROTOCOL_NAMES),
  side: z.enum(['client', 'server']),
  conversation: z.string(),
  channel: z.enum(['control', 'data']),
  cause: z.string().exactOptional(),
  summary: z.string(),
}

const messageFields = {
  ...base,
  direction: z.enum(['request', 'response']),
  exchange: z.number().int(),
  bytes: z.base64().transform(text => new Uint8Array(Buffer.from(text, 'base64'))),
  size: z.number().int(),
}

const address = z.object({ host: z.string(), port: z.number().int() })

const eventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('open'),
    ...base,
    transport: z.enum(['tcp', 'udp', 'tls']),
    client: address,
    server: address,
  }),
  z.object({ kind: z.literal('message'), ...messageFields }),
  z.object({ kind: z.literal('transfer'), ...messageFields }),
  z.object({ kind: z.literal('state'), ...base }),
  z.object({ kind: z.literal('fault'), ...base }),
  z.object({ kind: z.literal('error'), ...base }),
  z.object({ kind: z.literal('close'), ...base }),
])

/**
 * Decodes a line that `encodeEvent` encoded.
 *
 * @throws SyntaxError if the line is not JSON
 * @throws z.ZodError if it is not an event
 */
export function decodeEvent(line: string): TraceEvent {
  return eventSchema.parse(JSON.parse(line))
}
