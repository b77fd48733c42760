/** The features of a server, from its reply to FEAT (RFC 2389). Pure. */

/** Names of features in upper case, each with its parameters. */
export type Features = ReadonlyMap<string, string>

/** Parses a reply to FEAT; a server without the command has no features. */
export function parseFeatures({ code, message }: { readonly code: number; readonly message: string }): Features {
  const lines = code === 211 ? message.split('\n').slice(1, -1) : []
  return new Map(
    lines.map(line => {
      const [, name = '', parameters = ''] = /^(\S+)\s*(.*)$/.exec(line.trim()) ?? []
      return [name.toUpperCase(), parameters]
    }),
  )
}

/** The facts that a listing shows. Servers name those of Unix differently. */
const FACTS: ReadonlySet<string> = new Set([
  'type',
  'size',
  'modify',
  'unix.mode',
  'unix.owner',
  'unix.group',
  'unix.ownername',
  'unix.groupname',
  'unix.uid',
  'unix.gid',
])

/** Returns the argument of OPTS MLST (RFC 3659, section 7.9) if the server sends more of these facts on request. */
export function missingFacts(features: Features): string | undefined {
  const offered = (features.get('MLST') ?? '').split(';').filter(fact => FACTS.has(fact.replace('*', '').toLowerCase()))
  if (offered.every(fact => fact.endsWith('*'))) return undefined
  return offered.map(fact => `${fact.replace('*', '')};`).join('')
}
