import { expect, test } from 'vitest'
import { singleLine } from '../../../shared/trace/dissector.ts'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import { formatEvent, supportsColor } from '../../../shared/trace/sinks/terminal.ts'

const base = {
  time: new Date(2026, 0, 2, 3, 4, 5, 67).getTime(),
  side: 'server',
  channel: 'control',
} as const

const query: TraceEvent = {
  ...base,
  protocol: 'dns',
  conversation: 'dns:127.0.0.1:40123>127.0.0.1:5300',
  kind: 'message',
  direction: 'request',
  exchange: 1,
  summary: 'query A www.fourwire.test',
  bytes: new Uint8Array(4),
  size: 4,
}

const upload: TraceEvent = {
  ...base,
  protocol: 'ftp',
  conversation: 'ftp:[::1]:40123>[::1]:2121',
  channel: 'data',
  kind: 'transfer',
  direction: 'response',
  exchange: 3,
  summary: '21 bytes',
  bytes: new Uint8Array(21),
  size: 21,
}

test('a line has time, protocol, direction, the client and what was said, aligned', () => {
  const lines = [query, upload].map(event => formatEvent(event, { color: false }))
  expect(lines).toEqual([
    '03:04:05.067  dns   > 127.0.0.1:40123       query A www.fourwire.test',
    '03:04:05.067  ftp   < [::1]:40123           (data) 21 bytes',
  ])
})

test.each([
  ['open', '+'],
  ['state', '*'],
  ['fault', '~'],
  ['error', '!'],
  ['close', '-'],
] as const)('%s has its own mark', (kind, mark) => {
  const address = { host: '127.0.0.1', port: 40123 }
  const event = { ...base, protocol: 'dns', conversation: query.conversation, summary: 'x', kind } as const
  const full: TraceEvent =
    kind === 'open' ? { ...event, kind, transport: 'tcp', client: address, server: address } : { ...event, kind }
  expect(formatEvent(full, { color: false })).toBe(`03:04:05.067  dns   ${mark} 127.0.0.1:40123       x`)
  expect(formatEvent(full, { color: true })).toContain('\u001b[')
})

test('a line is cut to the width of the terminal, and not where it is piped', () => {
  const long = { ...query, summary: 'x'.repeat(200) }
  expect(formatEvent(long, { color: false, width: 80 })).toHaveLength(80)
  expect(formatEvent(long, { color: false, width: 80 })).toMatch(/…$/)
  expect(formatEvent(long, { color: false })).toMatch(/x{200}$/)
})

test('protocols and directions have colours of their own', () => {
  const colors = (event: TraceEvent) =>
    formatEvent(event, { color: true })
      .split('\u001b[')
      .map(part => part.split('m')[0])
  expect(colors(query)).not.toEqual(colors(upload))
  expect(formatEvent(query, { color: true })).toContain('\u001b[36m')
})

test('colours are for terminals, unless NO_COLOR is set', () => {
  expect(supportsColor({ isTTY: true }, {})).toBe(true)
  expect(supportsColor({ isTTY: true }, { NO_COLOR: '' })).toBe(true)
  expect(supportsColor({ isTTY: true }, { NO_COLOR: '1' })).toBe(false)
  expect(supportsColor({}, {})).toBe(false)
})

test.each([
  ['a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['\u001b[2Jclear', '\\x1b[2Jclear'],
  ['\u009b31m', '\\x9b31m'],
  ['x'.repeat(400), `${'x'.repeat(300)}…`],
])('what is said cannot move the cursor: %j', (text, line) => {
  expect(singleLine(text)).toBe(line)
  expect(singleLine(Buffer.from(text))).toBe(line)
})
