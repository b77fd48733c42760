import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { printEvents } from '../../../shared/launcher/commands/print-events.ts'
import { Trace } from '../../../shared/trace/trace.ts'

const SUMMARY = 'HTTP/1.1 200 OK (application/json; charset=utf-8, 439 bytes)'

/** Returns what a terminal with these columns shows of an event. */
async function print(columns: number): Promise<string> {
  const output = new PassThrough()
  const stdout: NodeJS.WriteStream = Object.assign(Object(output), { isTTY: true, columns })
  const trace = new Trace()
  const stop = printEvents(trace, { json: false, color: false }, stdout)
  trace.emit({
    time: 0,
    protocol: 'http',
    side: 'server',
    conversation: 'http:127.0.0.1:40123>127.0.0.1:8080',
    channel: 'control',
    kind: 'state',
    summary: SUMMARY,
  })
  stop()
  output.end()
  return text(output)
}

test('events are wrapped at the columns of the terminal, and not at all if its size is not known', async () => {
  expect(await print(60)).not.toContain(SUMMARY)
  expect(await print(0)).toContain(SUMMARY)
})
