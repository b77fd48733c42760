/** The terminal sink: a line an event, aligned, coloured by protocol and direction. Pure: an event in, a line out. */
import { styleText } from 'node:util'
import { formatAddress } from '../../net/address.ts'
import { protocols } from '../../protocols/index.ts'
import type { TraceEvent } from '../event.ts'

export interface TerminalStyle {
  /** False when piped, or with NO_COLOR (no-color.org). */
  readonly color: boolean
  /** Columns of the terminal; lines are cut to fit. Undefined when piped: nothing is cut. */
  readonly width?: number | undefined
}

type Format = Parameters<typeof styleText>[0]

/** What stands between address and text: `>` goes to the server, `<` comes from it. */
const MARKS = { open: '+', state: '*', fault: '~', error: '!', close: '-' } as const

const ADDRESS_WIDTH = 21

/** One event as one line, without the line ending: `12:01:02.123  dns    > 127.0.0.1:40123  query A www.fourwire.test`. */
export function formatEvent(event: TraceEvent, style: TerminalStyle): string {
  const time = new Date(event.time).toTimeString().slice(0, 8)
  const milliseconds = String(Math.floor(event.time % 1000)).padStart(3, '0')
  const head = `${time}.${milliseconds}  ${event.protocol.padEnd(5)} ${mark(event)} ${clientOf(event).padEnd(ADDRESS_WIDTH)} `
  const room = style.width === undefined ? Number.POSITIVE_INFINITY : Math.max(style.width - head.length, 20)
  const text = cut(body(event), room)
  if (!style.color) return `${head}${text}`
  return `${paint(protocols[event.protocol].color, head)}${paint(textColor(event), text)}`
}

function mark(event: TraceEvent): string {
  if (event.kind !== 'message' && event.kind !== 'transfer') return MARKS[event.kind]
  return event.direction === 'request' ? '>' : '<'
}

function body(event: TraceEvent): string {
  return event.channel === 'data' ? `(data) ${event.summary}` : event.summary
}

/** The conversation's id holds the client's address: `dns:127.0.0.1:40123>127.0.0.1:5300`. */
function clientOf(event: TraceEvent): string {
  if (event.kind === 'open' && event.channel === 'control') return formatAddress(event.client)
  return event.conversation.slice(event.conversation.indexOf(':') + 1, event.conversation.indexOf('>'))
}

function textColor(event: TraceEvent): Format {
  if (event.kind === 'error' || event.kind === 'fault') return 'red'
  if (event.kind !== 'message' && event.kind !== 'transfer') return 'dim'
  return event.direction === 'request' ? 'bold' : 'reset'
}

function cut(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}

/** Colours a text whether or not this process's own output is a terminal: the caller has decided that. */
export function paint(format: Format, text: string): string {
  return styleText(format, text, { validateStream: false })
}

/** Whether to colour what goes to that stream: a terminal, and nobody said NO_COLOR. */
export function supportsColor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? '') === ''
}
