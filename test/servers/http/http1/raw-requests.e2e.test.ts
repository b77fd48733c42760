/** Requests as raw bytes, with a literal table of what the server must answer: see `raw-cases.ts`. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { Wire } from '../../../helpers/wire.ts'
import { RAW_GROUPS } from './raw-cases.ts'

let suite: Suite<'http' | 'dns'>

beforeAll(async () => {
  suite = await startSuite({ services: ['http', 'dns'] })
})

afterAll(() => suite.close())

/** Reads a response; returns its status, or undefined if the connection is closed. */
async function readResponse(wire: Wire, isHead: boolean): Promise<number | undefined> {
  const statusLine = await wire.line()
  if (statusLine === undefined) return undefined
  const status = Number(statusLine.split(' ')[1])
  let length = 0
  for (let line = await wire.line(); line; line = await wire.line()) {
    length = Number(/^content-length: (\d+)$/i.exec(line)?.[1] ?? length)
  }
  if (!isHead) await wire.read(length)
  return status
}

const PROBE = 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

async function play(bytes: string, statuses: string) {
  const wire = await Wire.connect(suite.http.port)
  wire.send(bytes)
  const received: (number | undefined)[] = []
  for (const [index] of statuses.split(' ').entries()) {
    received.push(await readResponse(wire, index === 0 && bytes.startsWith('HEAD ')))
  }
  // A client that waits for 100 Continue sends its body then.
  wire.send(`${received.includes(100) ? 'abc' : ''}${PROBE}`)
  const next = received.includes(100) ? [await readResponse(wire, false), await readResponse(wire, false)] : []
  const probe = next.at(1) ?? (await readResponse(wire, false))
  return { statuses: received.join(' '), connection: probe === 200 ? 'kept' : 'closed' }
}

for (const [index, { section, sentence, cases }] of RAW_GROUPS.entries()) {
  describe(`${index + 1}. ${section}: ${sentence}`, () => {
    test.each(cases)('%s', async (_title, bytes, statuses, connection) => {
      expect(await play(bytes, statuses)).toEqual({ statuses, connection })
    })
  })
}

test('the table has at least 150 cases', () => {
  expect(RAW_GROUPS.flatMap(({ cases }) => cases).length).toBeGreaterThanOrEqual(150)
})
