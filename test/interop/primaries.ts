/** Starts NSD and Knot DNS as primaries of given zones. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Location } from '../../shared/service.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { type Configuration, type NAME_SERVERS, startNameServer } from './daemons.ts'

export interface ZoneText {
  readonly origin: string
  readonly text: string
}

type NameServer = (typeof NAME_SERVERS)[number]

const CONFIGURATIONS: Readonly<Record<NameServer, (folder: string, origins: readonly string[]) => Configuration>> = {
  nsd: (_folder, origins) => ({
    server: '  rrl-ratelimit: 0',
    sections: origins.map(origin => `zone:\n  name: "${origin}"\n  zonefile: "${origin}.zone"\n`).join(''),
  }),
  knotd: (folder, origins) => ({
    sections: `
template:
  - id: default
    storage: "${folder}"
    semantic-checks: off
    journal-content: none
zone:
${origins.map(origin => `  - domain: ${origin}\n    file: "${origin}.zone"\n`).join('')}`,
  }),
}

/** Starts a primary that stops at the end of the running test. It may not respond yet. */
export async function startPrimary(
  tool: NameServer,
  zones: readonly ZoneText[],
): Promise<Location & { output(): string }> {
  const [folder, port] = await Promise.all([emptyFolder(), freePort()])
  for (const { origin, text } of zones) await writeFile(path.join(folder, `${origin}.zone`), text)
  const origins = zones.map(({ origin }) => origin)
  const daemon = await startNameServer(tool, { folder, port }, CONFIGURATIONS[tool](folder, origins))
  return { host: '127.0.0.1', port, ...daemon }
}
