/** Files that HTTP does not serve: those whose name begins with a dot, such as `.env` and `.git/`. Pure. */

/** The folder that RFC 8615 defines. */
const WELL_KNOWN = '.well-known'

/** True if a segment of the path begins with a dot. `/.well-known/` is visible. */
export function isHiddenPath(path: string): boolean {
  if (!path.includes('/.')) return false
  return path.split('/').some((segment, index) => isHiddenName(segment) && !(index === 1 && segment === WELL_KNOWN))
}

export function isHiddenName(name: string): boolean {
  return name.startsWith('.')
}
