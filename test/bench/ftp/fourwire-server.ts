/** Fourwire as a library, without output. Arguments: DIST PORT DATA [traced] */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Library from '../../../shared/launcher/index.ts'
import { MAX_SESSIONS } from './workloads.ts'

const [dist = '', port, data = '', traced] = process.argv.slice(2)
const { startSuite } = (await import(pathToFileURL(path.join(dist, 'shared/launcher/index.js')).href)) as typeof Library
const suite = await startSuite({
  services: ['ftp'],
  data,
  tls: true,
  ftp: { port: Number(port), passivePorts: '0', maxConnections: MAX_SESSIONS },
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
