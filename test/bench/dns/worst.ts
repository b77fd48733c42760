/** What the most expensive messages cost the server, in milliseconds: `npx tsx test/bench/dns/worst.ts`. */
import { Cookies } from '../../../servers/dns/edns/cookies.ts'
import { NameServer } from '../../../servers/dns/name-server.ts'
import { silentLog } from '../../../shared/log.ts'
import { HOSTILE } from '../../servers/dns/hostile.ts'
import { zone, zones } from '../../servers/dns/zones.ts'

const ROUNDS = 30
const server = new NameServer({
  served: { zones: zones(zone('www A 127.0.0.1', 'fourwire.test')) },
  cookies: new Cookies(Buffer.alloc(16)),
  log: silentLog,
})

function median(bytes: Buffer): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now()
    server.handle(bytes, { transport: 'tcp', address: '127.0.0.1', port: 4444 })
    return performance.now() - start
  })
  return times.sort((a, b) => a - b)[ROUNDS / 2] ?? 0
}

const rows = Object.entries(HOSTILE).map(([title, bytes]) => ({ title, bytes: bytes.length, ms: median(bytes) }))
for (const { title, bytes, ms } of rows.sort((a, b) => b.ms - a.ms)) {
  process.stdout.write(`${ms.toFixed(3).padStart(9)} ms  ${String(bytes).padStart(6)} bytes  ${title}\n`)
}
