/** Tests NSD and Knot DNS as secondaries: AXFR, NOTIFY, IXFR. */
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
/** Far less than the zone's refresh interval, an hour, so only NOTIFY can cause the transfer. */
const MAX_NOTIFY_MS = 10_000
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

/** Starts a suite that notifies one secondary, and allows transfers only with its key. */
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
  const { stdout } = await runTool('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=20', '+short', ...args])
  return stdout.trim()
}

const serialAt = async (port: number) => (await dig(port, ZONE, 'SOA')).split(' ')[2]

/** Returns true for an IXFR response with differences: it starts with two SOA records. */
function isIncremental(event: TraceEvent): boolean {
  if (event.kind !== 'message' || event.direction !== 'response' || event.side !== 'server') return false
  // A response with the whole zone is longer than the bytes of an event.
  if (event.size > event.bytes.length) return false
  const { questions, answers } = decodeMessage(event.bytes)
  return questions[0]?.type === 'IXFR' && answers[0]?.type === 'SOA' && answers[1]?.type === 'SOA'
}

test.for(NAME_SERVERS)(
  '%s transfers the zone, and after a NOTIFY the differences',
  { timeout: 90_000 },
  async (tool, context) => {
    for (const needed of [tool, 'dig', 'nsupdate'] as const) requireTool(needed, context)
    const port = await freePort()
    const suite = await primaryFor(port)
    const recorder = new EventRecorder(suite.trace)
    const secondary = await startSecondary(tool, port, { port: suite.dns.port, zone: ZONE, key: KEY })
    const output = () => secondary.output()

    await until(async () => (await serialAt(port)) === '1', output)
    expect(await dig(port, `host-1999.${ZONE}`)).toBe('10.0.7.207')
    expect(await dig(port, `x.wild.${ZONE}`, 'TXT')).toBe(`"a \\"wild\\" card" "${'x'.repeat(200)}"`)

    suite.dns.set(`api.${ZONE}`, 'A', '127.0.0.9')
    await until(async () => (await serialAt(port)) === '2', output, MAX_NOTIFY_MS)
    expect(await dig(port, `api.${ZONE}`)).toBe('127.0.0.9')
    await recorder.until(isIncremental)

    const update = `server 127.0.0.1 ${suite.dns.port}\nzone ${ZONE}\nupdate delete host-0.${ZONE}\nupdate add api.${ZONE} 60 A 127.0.0.10\nsend\n`
    expect(await runTool('nsupdate', ['-y', `hmac-sha256:${KEY.name}:${KEY.secret}`], { input: update })).toMatchObject(
      {
        code: 0,
      },
    )
    await until(async () => (await serialAt(port)) === '3', output)
    expect((await dig(port, `api.${ZONE}`)).split('\n').sort()).toEqual(['127.0.0.10', '127.0.0.9'])
    expect(await dig(port, `host-0.${ZONE}`)).toBe('')
  },
)
