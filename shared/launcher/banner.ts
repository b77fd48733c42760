/** What a person and what a program sees first: every endpoint. Pure. */
import type { Endpoint } from '../service.ts'

/** The `ready` line of `--json`. */
export function readyLine(endpoints: readonly Endpoint[]): string {
  return JSON.stringify({ kind: 'ready', endpoints })
}

/** The banner: a line a URL, the transports of one address on one line. */
export function banner(endpoints: readonly Endpoint[], dataFolder: string, version: string): string {
  const lines = [...new Set(endpoints.map(({ url }) => url))].map(url =>
    describe(endpoints.filter(one => one.url === url)),
  )
  const tries = TRIES.filter(({ needs }) => needs.every(name => endpoints.some(({ service }) => service === name)))
  return [
    `Fourwire ${version}: ${lines.length === 1 ? 'one service is' : `${lines.length} services are`} up, data in ${dataFolder}`,
    '',
    ...lines,
    '',
    ...tries.slice(0, 1).map(({ command }) => `Try: ${command}`),
    'Ctrl+C stops.',
    '',
  ].join('\n')
}

const TRIES = [
  { needs: ['dns', 'http'], command: 'fourwire http http://www.fourwire.test/ --trace' },
  { needs: ['dns'], command: 'fourwire dns fourwire.test MX --trace' },
  { needs: ['hello'], command: 'fourwire hello --trace' },
  { needs: ['smtp'], command: 'fourwire smtp send --from me@fourwire.test --to you@fourwire.test --text Hi --trace' },
  { needs: ['ftp'], command: 'fourwire ftp ls / --trace' },
] as const

function describe(sameUrl: readonly Endpoint[]): string {
  const transports = sameUrl.length > 1 ? `  (${sameUrl.map(({ transport }) => transport).join(', ')})` : ''
  return `  ${sameUrl[0]?.service.padEnd(8)}${sameUrl[0]?.url}${transports}`
}
