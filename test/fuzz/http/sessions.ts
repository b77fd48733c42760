/** What a client sends on one connection, in which parts, and how it ends the connection. */
import fc from 'fast-check'
import { frames } from './frame-sessions.ts'
import { mutations } from './mutations.ts'
import { FIELDS, TARGETS, type Target } from './targets.ts'

export interface FuzzSession {
  /** The protocol to offer over TLS (ALPN); undefined for TCP. */
  readonly alpn: 'http/1.1' | 'h2' | undefined
  /** What the client writes at once, in this order. */
  readonly parts: readonly Buffer[]
  /** `wait` leaves the connection open until the server closes it. */
  readonly ending: 'half-close' | 'disconnect' | 'reset' | 'wait'
  /** The requests, if the bytes were not changed after they were valid. */
  readonly requests: readonly { readonly method: string; readonly target: string }[] | undefined
}

interface ValidRequest extends Target {
  readonly bytes: Buffer
}

const target = fc.oneof(...TARGETS.map(({ weight, targets }) => ({ weight, arbitrary: fc.constantFrom(...targets) })))

/** The server discards 16 MiB of what it does not answer; then it resets the connection. */
const MAX_PIPELINE_BYTES = 100_000

type BodyFraming = 'length' | 'chunked' | 'chunked-with-extras'

/** A request that a correct client could send: every field of `FIELDS` may be in it, so the server may still reject it. */
const request = fc
  .record({
    target,
    version: fc.oneof({ weight: 12, arbitrary: fc.constant('1.1') }, fc.constantFrom('1.0', '1.2')),
    fields: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(fc.constantFrom(...FIELDS), { maxLength: 3 })),
    framing: fc.constantFrom<BodyFraming>('length', 'length', 'chunked', 'chunked-with-extras'),
    chunk: fc.integer({ min: 1, max: 3000 }),
  })
  .map(({ target, version, fields, framing, chunk }): ValidRequest => {
    const { method, target: path, body, fields: own = [] } = target
    const isUpgrade = own.some(field => field.startsWith('Upgrade:'))
    const lines = [`${method} ${path} HTTP/${version}`, 'Host: www.fourwire.test', ...own, ...fields]
    // After a handshake that the server rejects, frames would be an invalid request.
    const isRejectable = version === '1.0' || fields.length > 0
    const frames = { fields: [], content: body && !isRejectable ? body : '' }
    const encoded = body && !isUpgrade ? encodeBody(body, framing, chunk) : frames
    const head = `${[...lines, ...encoded.fields].join('\r\n')}\r\n\r\n`
    return { ...target, bytes: Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(encoded.content)]) }
  })

const MAX_CHUNKS = 100

function encodeBody(body: Buffer, framing: BodyFraming, wanted: number): { fields: string[]; content: Buffer } {
  if (framing === 'length') return { fields: [`Content-Length: ${body.length}`], content: body }
  const hasExtras = framing === 'chunked-with-extras'
  const size = Math.max(wanted, Math.ceil(body.length / MAX_CHUNKS))
  const chunks: Buffer[] = []
  for (let start = 0; start < body.length; start += size) {
    const data = body.subarray(start, start + size)
    chunks.push(Buffer.from(`${data.length.toString(16)}${hasExtras ? ';a="b;c"' : ''}\r\n`), data, Buffer.from('\r\n'))
  }
  chunks.push(Buffer.from(hasExtras ? '0;last\r\nX-Trailer: 1\r\n\r\n' : '0\r\n\r\n'))
  return { fields: ['Transfer-Encoding: chunked'], content: Buffer.concat(chunks) }
}

/** One request, a few, or many small ones in a pipeline. */
const requests = fc.oneof(
  { weight: 10, arbitrary: fc.array(request, { minLength: 1, maxLength: 1 }) },
  { weight: 8, arbitrary: fc.array(request, { minLength: 2, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.tuple(request, fc.integer({ min: 20, max: 200 })).map(repeat) },
)

function repeat([one, times]: readonly [ValidRequest, number]): ValidRequest[] {
  const most = Math.ceil(MAX_PIPELINE_BYTES / one.bytes.length)
  return Array.from({ length: Math.min(times, most) }, () => one)
}

const ending = fc.oneof(
  { weight: 170, arbitrary: fc.constant('half-close' as const) },
  { weight: 14, arbitrary: fc.constant('disconnect' as const) },
  { weight: 14, arbitrary: fc.constant('reset' as const) },
  { weight: 1, arbitrary: fc.constant('wait' as const) },
)

const isOverTls = fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 })
/** Most sessions are changed. */
const change = fc.oneof({ weight: 4, arbitrary: mutations }, { weight: 1, arbitrary: fc.constant(undefined) })

const http1 = fc
  .record({ isOverTls, requests, change, cuts, ending })
  .map(({ isOverTls, requests, change, cuts, ending }): FuzzSession => {
    const bytes = Buffer.concat(requests.map(each => each.bytes))
    const alpn = isOverTls ? 'http/1.1' : undefined
    return { alpn, parts: split(change?.(bytes) ?? bytes, cuts), ending, requests: change ? undefined : requests }
  })

const http2 = fc.record({ isOverTls, frames, change, cuts, ending }).map(
  ({ isOverTls, frames, change, cuts, ending }): FuzzSession => ({
    alpn: isOverTls ? 'h2' : undefined,
    parts: split(change?.(frames) ?? frames, cuts),
    // An HTTP/2 connection may be idle for a minute.
    ending: ending === 'wait' ? 'half-close' : ending,
    requests: undefined,
  }),
)

/** Nothing that resembles HTTP. */
const noise = fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), cuts }).map(
  ({ bytes, cuts }): FuzzSession => ({
    alpn: undefined,
    parts: split(Buffer.from(bytes), cuts),
    ending: 'half-close',
    requests: undefined,
  }),
)

export const session = fc.oneof(
  { weight: 40, arbitrary: http1 },
  { weight: 5, arbitrary: http2 },
  { weight: 1, arbitrary: noise },
)

function split(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map(cut => Math.floor(cut * whole.length)), whole.length].sort((a, b) => a - b)
  return ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end))
}
