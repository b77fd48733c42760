import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MessageEvent } from '../../../shared/trace/event.ts'
import { decodeEvent, encodeEvent } from '../../../shared/trace/sinks/json.ts'

const REQUIRED = [
  'time',
  'protocol',
  'side',
  'conversation',
  'channel',
  'kind',
  'direction',
  'exchange',
  'summary',
  'bytes',
  'size',
] as const

const FIELDS = {
  time: fc.double({ min: 0, max: 2e12, noNaN: true }),
  protocol: fc.constantFrom<MessageEvent['protocol'][]>('smtp', 'dns', 'ftp', 'http', 'hello', 'sql'),
  side: fc.constantFrom<MessageEvent['side'][]>('client', 'server'),
  conversation: fc.string({ unit: 'binary' }),
  channel: fc.constantFrom<MessageEvent['channel'][]>('control', 'data'),
  cause: fc.string({ unit: 'binary' }),
  kind: fc.constant<'message'>('message'),
  direction: fc.constantFrom<MessageEvent['direction'][]>('request', 'response'),
  exchange: fc.nat(),
  summary: fc.string({ unit: 'binary' }),
  bytes: fc.uint8Array(),
  size: fc.nat(),
}
const events = fc.record(FIELDS, { requiredKeys: [...REQUIRED] })

test('a message is one line of JSON with its bytes in base64, whatever its text', () => {
  fc.assert(
    fc.property(events, event => {
      const line = encodeEvent(event)
      expect(line).toBe(JSON.stringify({ ...event, bytes: Buffer.from(event.bytes).toString('base64') }))
      expect(line).not.toContain('\n')
      expect(decodeEvent(line)).toEqual(event)
    }),
  )
})

test('an event without bytes is JSON too', () => {
  const shared = { time: 1.5, protocol: 'smtp', side: 'server', conversation: 'smtp:a>b', channel: 'control' } as const
  const state = { ...shared, kind: 'state', summary: 'a "quoted" state' } as const
  for (const event of [state, { ...state, cause: 'http:a>b' }]) expect(decodeEvent(encodeEvent(event))).toEqual(event)
})
