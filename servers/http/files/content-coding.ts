/** Content codings (RFC 9110, section 8.4.1), and the choice of one by the client's preferences (section 12.5.3). Pure. */

/** The codings in the order of the server's preference: by the size of the result. */
export const CODINGS = ['br', 'zstd', 'gzip'] as const

export type Coding = (typeof CODINGS)[number]

/** The ends of the names of compressed files: `app.js.br` has the content of `app.js`. */
export const EXTENSIONS: Readonly<Record<Coding, string>> = { br: '.br', zstd: '.zst', gzip: '.gz' }

/** The weight of `identity` if the field does not name it: acceptable, but every named coding is preferred. */
const LEAST = 0.0001

const MEMBER = /^([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i

/**
 * Chooses the coding of a response. If the client accepts neither a coding that is available nor the content as it is, the
 * server disregards the field, as section 12.4.1 allows.
 *
 * @param field the value of Accept-Encoding
 * @param available in the order of preference
 */
export function chooseCoding(field: string | undefined, available: readonly Coding[]): Coding | undefined {
  if (field === undefined || available.length === 0) return undefined
  const weights = parseWeights(field)
  const others = weights.get('*')
  let chosen: Coding | undefined
  let best = 0
  for (const coding of available) {
    const weight = weights.get(coding) ?? others ?? 0
    if (weight > best) [chosen, best] = [coding, weight]
  }
  const identity = weights.get('identity') ?? others ?? LEAST
  return identity > best ? undefined : chosen
}

/** Returns the weights by lower-case name. Ignores malformed members; the first of two members with one name counts. */
function parseWeights(field: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const member of field.split(',')) {
    const [, name, weight = '1'] = MEMBER.exec(member.trim()) ?? []
    if (name === undefined) continue
    const coding = standardName(name.toLowerCase())
    if (!weights.has(coding)) weights.set(coding, Number(weight))
  }
  return weights
}

/** RFC 9110, section 8.4.1.3: `x-gzip` is equivalent to `gzip`. */
function standardName(name: string): string {
  return name === 'x-gzip' ? 'gzip' : name
}
