/** Measures messages of up to 64 KiB that are crafted to be expensive. */
import { loadZoneText } from '../../../servers/dns/master-file/load-zone-text.ts'
import { NameServer } from '../../../servers/dns/name-server.ts'
import { silentLog } from '../../../shared/log.ts'
import { HOSTILE } from '../../servers/dns/hostile.ts'
import { median } from '../rounds.ts'

/** Enough runs for optimized code and a stable median. */
const TIMES = 101

export interface HostileCost {
  /** What the message attempts. */
  readonly title: string
  readonly milliseconds: number
}

/** The median time of each message over TCP, slowest first. */
export function measureHostile(): HostileCost[] {
  const zone = loadZoneText(
    'zone0.test',
    '@ 300 SOA ns host 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A 192.0.2.53\n',
    () => {},
  )
  const server = new NameServer({ store: { zones: new Map([[zone.origin, zone]]), version: 1 }, log: silentLog })
  const client = { transport: 'tcp', address: '192.0.2.1', port: 4444 } as const
  const time = (message: Buffer) => {
    const startedAt = performance.now()
    server.handle(message, client)
    return performance.now() - startedAt
  }
  const costs = Object.entries(HOSTILE).map(([title, message]) => ({
    title,
    milliseconds: median(Array.from({ length: TIMES }, () => time(message))),
  }))
  return costs.toSorted((one, other) => other.milliseconds - one.milliseconds)
}
