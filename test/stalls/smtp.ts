/**
 * `npm run stalls:smtp`: measures how long single inputs, requests and floods stop the event loop of the built suite, from
 * another process, with `--quiet` and with `--json`. Fails if the median of the longest stops is over 100 ms, or over 20 ms
 * for `GET /mail/:id`. A row with a stop that is too long is repeated; the others are measured once. It takes less than
 * two minutes.
 *
 * Options: --repetitions N (of every row), --only TEXT (rows whose name contains it), --output quiet|json (only one of them),
 * --dist DIR (another build).
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled } from '../interop/tools.ts'
import { measureStops } from './measure.ts'
import { describeTooLong, report } from './report.ts'

const { values } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    output: { type: 'string', default: '' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
  },
})

if (!isInstalled('smtp-source')) throw new Error('stalls:smtp needs smtp-source: npm run tools')
const settings = { dist: values.dist, only: values.only, repetitions: Number(values.repetitions) }
const tooLong: string[] = []
for (const output of ['quiet', 'json'] as const) {
  if (!output.includes(values.output)) continue
  const { base, rows } = await measureStops(settings, output)
  process.stdout.write(report(`start smtp http dns --${output} (${base.toFixed(1)} ms without load, subtracted)`, rows))
  tooLong.push(...describeTooLong(`--${output}`, rows))
}
for (const sentence of tooLong) process.stderr.write(`${sentence}\n`)
if (tooLong.length > 0) process.exitCode = 1
