/** The speed of the reader, whatever the content. Not a unit test, because measuring coverage makes it ten times slower. */
import { expect, test } from 'vitest'
import { DataReader } from '../../../../servers/smtp/message/data-reader.ts'

/** Megabytes per second of CPU time. The reader takes 170 to 580; smtp-server, with a step for every dot-stuffed line, 1 to 3. */
const MIN_SPEED = 100

test.each([
  ['text', `${'x'.repeat(76)}\r\n`],
  ['dots', '..\r\n'],
  ['empty lines', '\r\n'],
  ['bare LF', '\n'],
  ['bare CR', '\r'],
  ['NUL', '\0'],
  ['false ends', '\r\n.\r.\n'],
])('reads %s at speed', (_title, part) => {
  const chunk = Buffer.from(part.repeat(Math.ceil(65_536 / part.length)), 'latin1')
  const reader = new DataReader({ maxSize: 100_000_000, dotStuffed: true, reserve: () => true })
  for (let count = 0; count < 50; count += 1) reader.read(chunk)
  const before = process.cpuUsage()
  for (let count = 0; count < 100; count += 1) reader.read(chunk)
  const { user, system } = process.cpuUsage(before)
  expect((100 * chunk.length) / (user + system)).toBeGreaterThan(MIN_SPEED)
})
