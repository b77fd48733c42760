/** Entity tags (RFC 9110, section 8.8.3) and the two ways to compare them. Pure. */

export interface EntityTag {
  readonly weak: boolean
  /** The text between the quotes. */
  readonly opaque: string
}

// Matches one tag of a list, and looks ahead to its comma.
const TAG = /[ \t,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y

/** Parses `*` or a list of tags, up to the first malformed tag. */
export function parseEntityTags(text: string): '*' | readonly EntityTag[] {
  if (text.trim() === '*') return '*'
  const tags: EntityTag[] = []
  TAG.lastIndex = 0
  for (let match = TAG.exec(text); match; match = TAG.exec(text)) {
    tags.push({ weak: match[1] !== undefined, opaque: String(match[2]) })
  }
  return tags
}

/** Weak comparison, for If-None-Match. */
export function weaklyEqual(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque
}

/** Strong comparison, for If-Match and If-Range: neither tag may be weak. */
export function stronglyEqual(a: EntityTag, b: EntityTag): boolean {
  return !a.weak && !b.weak && a.opaque === b.opaque
}

export function formatEntityTag({ weak, opaque }: EntityTag): string {
  return `${weak ? 'W/' : ''}"${opaque}"`
}
