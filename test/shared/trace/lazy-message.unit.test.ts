import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createEvent, type EventOrigin, plainEvent } from '../../../shared/trace/create-event.ts'
import { MAX_EVENT_BYTES } from '../../../shared/trace/dissector.ts'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import { type Description, lazyMessage } from '../../../shared/trace/lazy-message.ts'

const FIELDS = { kind: 'message', direction: 'request', exchange: 3, size: 99 } as const
const ORIGIN: EventOrigin = { protocol: 'smtp', side: 'server', conversation: 'smtp:a>b', channel: 'control' }
const RAW = 'AUTH PLAIN c2VjcmV0'
const MASKED = { summary: 'AUTH PLAIN ****', bytes: Buffer.from('AUTH PLAIN ****\r\n') }
const { size: SIZE, ...BEFORE_SUMMARY } = FIELDS
const PLAIN = { time: 1, ...ORIGIN, ...BEFORE_SUMMARY, ...MASKED, size: SIZE }

function eventOf(describe: (raw: string) => Description, origin = ORIGIN): TraceEvent {
  return createEvent(origin, lazyMessage(FIELDS, RAW, describe), 1)
}

test('is described when it is first read, and only once', () => {
  const described: string[] = []
  const event = eventOf(raw => {
    described.push(raw)
    return MASKED
  })
  expect(event).toMatchObject({ time: 1, kind: 'message', direction: 'request', exchange: 3, size: 99 })
  expect(described).toEqual([])
  expect([event.summary, 'bytes' in event && event.bytes, event.summary]).toEqual([
    MASKED.summary,
    MASKED.bytes,
    MASKED.summary,
  ])
  expect(described).toEqual([RAW])
})

test('no property shows what was on the wire, read or not', () => {
  for (const isRead of [false, true]) {
    const event = eventOf(() => MASKED)
    if (isRead) expect(event.summary).toBe(MASKED.summary)
    const values = Reflect.ownKeys(event).map(key => Reflect.get(event, key))
    const shown = [...values.map(String), JSON.stringify(event), JSON.stringify({ ...event }), inspectAll(event)]
    expect(shown.filter(text => text.includes('c2VjcmV0'))).toEqual([])
  }
})

test('its bytes have memory of their own, because small buffers share it', () => {
  const shared = Buffer.from(`${RAW}, masked`)
  const event = eventOf(() => ({ summary: '', bytes: shared.subarray(RAW.length + 2) }))
  const { bytes } = plainEvent(event) as { bytes: Uint8Array }
  expect(Buffer.from(bytes.buffer).toString()).toBe('masked')
})

test('its bytes are cut to the bound of an event', () => {
  const event = eventOf(() => ({ summary: '', bytes: Buffer.alloc(MAX_EVENT_BYTES + 1, 'x') }))
  expect((event as { bytes: Uint8Array }).bytes).toEqual(Buffer.alloc(MAX_EVENT_BYTES, 'x'))
})

test.each([new TypeError('x is undefined'), 'x is undefined'])(
  'a description that throws %o becomes the summary',
  thrown => {
    const event = eventOf(() => {
      throw thrown
    })
    expect(event).toMatchObject({ summary: 'the dissector failed: x is undefined', bytes: Buffer.alloc(0) })
  },
)

test('as JSON and for console.log, an event is a plain object', () => {
  const event = eventOf(() => MASKED)
  expect(plainEvent(event)).toEqual(PLAIN)
  expect(JSON.parse(JSON.stringify(event))).toEqual(JSON.parse(JSON.stringify(PLAIN)))
  expect(inspectAll(event)).toBe(inspectAll(PLAIN))
  const caused = eventOf(() => MASKED, { ...ORIGIN, cause: 'http:a>b' })
  expect(plainEvent(caused)).toEqual({ ...PLAIN, cause: 'http:a>b' })
})

test('a notice is a plain object from the start', () => {
  const state = { kind: 'state', summary: 'TLS begins' } as const
  const event = createEvent(ORIGIN, state, 1)
  expect(plainEvent(event)).toBe(event)
  expect(event).toEqual({ time: 1, ...ORIGIN, ...state })
  const cause = 'http:a>b'
  expect(createEvent({ ...ORIGIN, cause }, state, 1)).toEqual({ time: 1, ...ORIGIN, cause, ...state })
})

function inspectAll(value: unknown): string {
  return inspect(value, { depth: 9, showHidden: true })
}
