/** Rules for the lifetime of files in caches: `assets/**=1y immutable` (RFC 9111, section 5.2.2; RFC 8246). Pure. */

export interface CacheRule {
  readonly pattern: RegExp
  /** The value of Cache-Control. */
  readonly value: string
}

/** Makes caches revalidate, because a file may be replaced at any time. */
const DEFAULT = 'no-cache'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }
/** More would not be used: RFC 9111, section 1.2.2 limits what a cache must store. */
const MAX_AGE_S = 2_147_483_647
const DIRECTIVES: ReadonlySet<string> = new Set(['immutable', 'private', 'must-revalidate', 'no-transform'])

/** Parses `PATTERN=LIFETIME`, optionally with further directives. Returns undefined if the text is not a rule. */
export function parseCacheRule(text: string): CacheRule | undefined {
  const [, pattern = '', lifetime = '', rest = ''] = /^([^=\s]+)=(\S+)((?: \S+)*)$/.exec(text) ?? []
  const directives = rest.split(' ').filter(word => word !== '')
  const age = cacheAge(lifetime)
  if (pattern === '' || age === undefined || !directives.every(word => DIRECTIVES.has(word))) return undefined
  const visibility = directives.includes('private') || age.startsWith('no-') ? [] : ['public']
  return { pattern: toPattern(pattern), value: [...visibility, age, ...directives].join(', ') }
}

function cacheAge(lifetime: string): string | undefined {
  if (lifetime === 'no-store' || lifetime === 'no-cache') return lifetime
  const [, number, unit = 's'] = /^(\d{1,10})([smhdwy])?$/.exec(lifetime) ?? []
  if (number === undefined) return undefined
  const seconds = Number(number) * (SECONDS[unit] ?? 1)
  return seconds > MAX_AGE_S ? undefined : `max-age=${seconds}`
}

/** `*` is any text within a name, `**` any text. A pattern without a slash is the name of a file in any folder. */
function toPattern(glob: string): RegExp {
  const literal = glob.replace(/^\//, '').replace(/[\\^$.+?()[\]{}|]/g, '\\$&')
  const body = literal.replace(/\*\*?/g, stars => (stars === '**' ? '.*' : '[^/]*'))
  return new RegExp(`^/${glob.includes('/') ? '' : '(?:.*/)?'}${body}$`, 's')
}

/** Returns the value of Cache-Control for the path of a file; the first rule that matches counts. */
export function cacheControl(rules: readonly CacheRule[], path: string): string {
  return rules.find(({ pattern }) => pattern.test(path))?.value ?? DEFAULT
}
