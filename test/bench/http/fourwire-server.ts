/** Fourwire as a library, without output. Arguments: DIST PORT TLS_PORT DATA [traced] */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Library from '../../../shared/launcher/index.ts'

const [dist = '', port, tlsPort, data = '', traced] = process.argv.slice(2)
const { startSuite } = (await import(pathToFileURL(path.join(dist, 'shared/launcher/index.js')).href)) as typeof Library
const suite = await startSuite({
  services: ['http'],
  data,
  tls: true,
  http: { port: Number(port), tlsPort: Number(tlsPort), maxConnections: 20_000, maxConnectionsPerAddress: 20_000 },
})
let events = 0
if (traced === 'traced') {
  suite.trace.on(() => {
    events += 1
  })
}
process.once('SIGTERM', () => {
  void suite.close().then(() => process.exit(traced === 'traced' && events === 0 ? 1 : 0))
})
