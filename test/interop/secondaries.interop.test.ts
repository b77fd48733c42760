/** Name servers of others serve our zone: they take it whole, hear of changes, and fetch what changed. */

import { expect, test } from 'vitest'
import { decodeMessage } from '../../shared/dns/decode.ts'
import type { Suite } from '../../shared/launcher/index.ts'
import type { TraceEvent } from '../../shared/trace/event.ts'
import { freePort } from '../helpers/free-port.ts'
import { EventRecorder, suiteFor } from '../helpers/suite.ts'
import { NAME_SERVERS, startSecondary, until } from './daemons.ts'
import { requireTool, runTool } from './tools.ts'

const KEY = { name: 'secondaries', secret: 'c2VjcmV0LW9mLWZvdXJ3aXJlLTAxMjM0NTY3ODkwMTI=' }
const ZONE = 'example.test'
/** "Within seconds": the zone's refresh, by which they would find out by themselves, is an hour. */
const SECONDS_MS = 10_000
const TEXT = `$TTL 60
@ SOA ns host 1 3600 600 86400 5
@ NS ns
ns A 127.0.0.1
sub NS ns.sub
ns.sub A 127.0.0.2
*.wild TXT "a \\"wild\\" card" ${'x'.repeat(200)}
mail MX 10 ns
${Array.from({ length: 2000 }, (_, index) => `host-${index} A 10.0.${index >> 8}.${index & 255}`).join('\n')}
`

/** A suite that tells one secondary of changes, and lets nobody else transfer. */
function primaryFor(port: number): Promise<Suite<'dns'>> {
  return suiteFor({
    services: ['dns'],
    dns: {
      publish: false,
      keys: [KEY],
      allowTransfer: [`key:${KEY.name}`],
      notify: [`127.0.0.1:${port}@${KEY.name}`],
      zones: [{ origin: ZONE, text: TEXT }],
    },
  })
}

async function dig(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await runTool('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=2', '+short', ...args])
  return stdout.trim()
}

const serialAt = async (port: number) => (await dig(port, ZONE, 'SOA')).split(' ')[2]

/** Responses of ours that tell differences: an SOA, and at once another one. */
function isIncremental(event: TraceEvent): boolean {
  if (event.kind !== 'message' || event.direction !== 'response' || event.side !== 'server') return false
  // The zone as a whole is longer than what an event holds.
  if (event.size > event.bytes.length) return false
  const { questions, answers } = decodeMessage(event.bytes)
  return questions[0]?.type === 'IXFR' && answers[0]?.type === 'SOA' && answers[1]?.type === 'SOA'
}

test.for(NAME_SERVERS)(
  '%s takes the zone, and after a change what changed, within seconds',
  { timeout: 90_000 },
  async (tool, context) => {
    for (const needed of [tool, 'dig', 'nsupdate'] as const) requireTool(needed, context)
    const port = await freePort()
    const suite = await primaryFor(port)
    const recorder = new EventRecorder(suite.trace)
    const secondary = await startSecondary(tool, port, { port: suite.dns.port, zone: ZONE, key: KEY })
    const said = () => secondary.said()

    await until(async () => (await serialAt(port)) === '1', said)
    expect(await dig(port, `host-1999.${ZONE}`)).toBe('10.0.7.207')
    expect(await dig(port, `x.wild.${ZONE}`, 'TXT')).toBe(`"a \\"wild\\" card" "${'x'.repeat(200)}"`)

    suite.dns.set(`api.${ZONE}`, 'A', '127.0.0.9')
    await until(async () => (await serialAt(port)) === '2', said, SECONDS_MS)
    expect(await dig(port, `api.${ZONE}`)).toBe('127.0.0.9')
    await recorder.until(isIncremental)

    const update = `server 127.0.0.1 ${suite.dns.port}\nzone ${ZONE}\nupdate delete host-0.${ZONE}\nupdate add api.${ZONE} 60 A 127.0.0.10\nsend\n`
    expect(await runTool('nsupdate', ['-y', `hmac-sha256:${KEY.name}:${KEY.secret}`], { input: update })).toMatchObject(
      {
        code: 0,
      },
    )
    await until(async () => (await serialAt(port)) === '3', said)
    expect((await dig(port, `api.${ZONE}`)).split('\n').sort()).toEqual(['127.0.0.10', '127.0.0.9'])
    expect(await dig(port, `host-0.${ZONE}`)).toBe('')
  },
)
