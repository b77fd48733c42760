/** The terminal sink: formats an event for a terminal, aligned, colored by protocol and direction. Pure. */
import { styleText } from 'node:util'
import { tracedProtocols } from '../../protocols/index.ts'
import type { TraceEvent } from '../event.ts'
import { wrapText } from '../wrap-text.ts'

export interface TerminalStyle {
  /** False for output to a pipe, or with NO_COLOR (no-color.org). */
  readonly color: boolean
  /** Columns of the terminal; longer text is wrapped. Undefined for output to a pipe: nothing is wrapped. */
  readonly width?: number | undefined
}

type Format = Parameters<typeof styleText>[0]

/** The mark between the protocol and the client's address. Messages to the server have `>`, messages from it `<`. */
const MARKS = { open: '+', state: '*', fault: '~', error: '!', close: '-' } as const

/** Narrower terminals get the compact layout. */
const WIDE_COLUMNS = 100
/** Minimum columns for text beside an address; if there are fewer, the text starts on the next line. */
const MIN_TEXT_COLUMNS = 30

/** Width of the client's address: `127.0.0.1:40123`, or compact `:40123`. */
const ADDRESS_COLUMNS = 21
const COMPACT_ADDRESS_COLUMNS = 6

/**
 * Formats one event, without the last line ending: `12:01:02.123  dns   > 127.0.0.1:40123       query A www.fourwire.test`.
 * In a terminal of less than 100 columns it omits the hour and 127.0.0.1: `01:02.123 dns   > :40123 query A ...`. Text that
 * does not fit continues on the following lines, below its start.
 */
export function formatEvent(event: TraceEvent, { color, width }: TerminalStyle): string {
  const isCompact = width !== undefined && width < WIDE_COLUMNS
  const start = `${formatTime(event.time, isCompact)}${event.protocol.padEnd(5)} ${mark(event)} `
  const head = `${start}${formatClient(event, isCompact)}`
  const { separator, indent, lines } = layOut(textOf(event), start.length, head.length + 1, width)
  const paintedHead = color ? paint(tracedProtocols[event.protocol].color, head) : head
  const paintedLines = color ? lines.map(line => paint(textColor(event), line)) : lines
  return `${paintedHead}${separator}${paintedLines.join(`\n${indent}`)}`
}

/** Places text after the head of a line if it fits there, else below. */
function layOut(text: string, startColumn: number, textColumn: number, width: number | undefined) {
  if (width === undefined) return { separator: ' ', indent: '', lines: [text] }
  const fits = width - textColumn >= MIN_TEXT_COLUMNS
  const indent = ' '.repeat(fits ? textColumn : startColumn)
  const lines = wrapText(text, Math.max(width - indent.length, MIN_TEXT_COLUMNS))
  return { separator: fits ? ' ' : `\n${indent}`, indent, lines }
}

/** `03:04:05.067`, or compact `04:05.067`, with the space after it. */
function formatTime(time: number, isCompact: boolean): string {
  const clock = new Date(time).toTimeString().slice(isCompact ? 3 : 0, 8)
  const milliseconds = String(Math.floor(time % 1000)).padStart(3, '0')
  return `${clock}.${milliseconds}${isCompact ? ' ' : '  '}`
}

function formatClient(event: TraceEvent, isCompact: boolean): string {
  const client = clientOf(event)
  if (!isCompact) return client.padEnd(ADDRESS_COLUMNS)
  return client.replace(/^127\.0\.0\.1:/, ':').padEnd(COMPACT_ADDRESS_COLUMNS)
}

function mark(event: TraceEvent): string {
  if (event.kind !== 'message' && event.kind !== 'transfer') return MARKS[event.kind]
  return event.direction === 'request' ? '>' : '<'
}

function textOf(event: TraceEvent): string {
  return event.channel === 'data' ? `(data) ${event.summary}` : event.summary
}

/**
 * Returns the client's address from the conversation's id: `dns:127.0.0.1:40123>127.0.0.1:5300`. So a data connection has the
 * address of its control connection, and its lines can be found together.
 */
function clientOf({ conversation }: TraceEvent): string {
  return conversation.slice(conversation.indexOf(':') + 1, conversation.indexOf('>'))
}

function textColor(event: TraceEvent): Format {
  if (event.kind === 'error' || event.kind === 'fault') return 'red'
  if (event.kind !== 'message' && event.kind !== 'transfer') return 'dim'
  return event.direction === 'request' ? 'bold' : 'reset'
}

/** Colors text, even if the output of this process is not a terminal. */
export function paint(format: Format, text: string): string {
  return styleText(format, text, { validateStream: false })
}

/** Returns whether output to the stream should be colored: it is a terminal, and NO_COLOR is not set. */
export function supportsColor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? '') === ''
}
