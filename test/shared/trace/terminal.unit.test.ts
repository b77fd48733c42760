import { expect, test } from 'vitest'
import { singleLine } from '../../../shared/trace/dissector.ts'
import type { TraceEvent } from '../../../shared/trace/event.ts'
import { formatEvent, supportsColor } from '../../../shared/trace/sinks/terminal.ts'
import { wrapText } from '../../../shared/trace/wrap-text.ts'

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

test('a line has time, protocol, direction, client and message, aligned', () => {
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

test('shortens the time and a local client in 80 columns, and wraps the text below its start', () => {
  const summary = 'HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes) with more words than fit'
  expect(formatEvent({ ...query, summary }, { color: false, width: 80 }).split('\n')).toEqual([
    '04:05.067 dns   > :40123 HTTP/1.1 200 OK (text/plain; charset=utf-8, 21 bytes)',
    '                         with more words than fit',
  ])
  expect(formatEvent(upload, { color: false, width: 80 })).toBe('04:05.067 ftp   < [::1]:40123 (data) 21 bytes')
})

test('starts the text on the next line if the address leaves no space in 80 columns', () => {
  const client = '[2001:db8:85a3:8d3:1319:8a2e:370:7348]:40123'
  const event = { ...query, conversation: `dns:${client}>[2001:db8::1]:5300` }
  expect(formatEvent(event, { color: false, width: 80 }).split('\n')).toEqual([
    `04:05.067 dns   > ${client}`,
    '                  query A www.fourwire.test',
  ])
})

test.each([80, 99, 100, 200])('shows the whole text in %d columns, in lines that fit', width => {
  const words = Array.from({ length: 40 }, (_, index) => 'x'.repeat(index % 9)).join(' ')
  const summary = `${words} ${'y'.repeat(250)}`
  const lines = formatEvent({ ...query, summary }, { color: false, width }).split('\n')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(width)
  expect(lines.join('').replaceAll(' ', '')).toContain(summary.replaceAll(' ', ''))
})

test('shows the full time and address on a wide terminal and in a pipe, which gets one line', () => {
  const long = { ...query, summary: 'x'.repeat(200) }
  const head = '03:04:05.067  dns   > 127.0.0.1:40123       '
  expect(formatEvent(long, { color: false, width: 100 }).split('\n')).toHaveLength(4)
  expect(formatEvent(long, { color: false, width: 100 })).toContain(`${head}xxx`)
  expect(formatEvent(long, { color: false })).toBe(`${head}${long.summary}`)
})

test('does not break a surrogate pair', () => {
  const lines = wrapText('😀'.repeat(10), 5)
  expect(lines.join('')).toBe('😀'.repeat(10))
  expect(lines.every(line => line.length % 2 === 0)).toBe(true)
})

test('protocols and directions have their own colors', () => {
  const colors = (event: TraceEvent) =>
    formatEvent(event, { color: true })
      .split('\u001b[')
      .map(part => part.split('m')[0])
  expect(colors(query)).not.toEqual(colors(upload))
  expect(formatEvent(query, { color: true })).toContain('\u001b[36m')
})

test('supports color on terminals, unless NO_COLOR is set', () => {
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
])('escapes control characters and truncates long text in a summary: %j', (text, line) => {
  expect(singleLine(text)).toBe(line)
  expect(singleLine(Buffer.from(text))).toBe(line)
})
