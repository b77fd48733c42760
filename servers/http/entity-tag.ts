/** Entity tags (RFC 9110, section 8.8.3) and the two ways to compare them. Pure. */

export interface EntityTag {
  readonly weak: boolean
  /** What stands between the quotes. */
  readonly opaque: string
}

// One tag of a list, with the comma after it.
const TAG = /[ \t,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y

/** Reads `*`, or a list of tags up to the first thing that is none. */
export function parseEntityTags(text: string): '*' | readonly EntityTag[] {
  if (text.trim() === '*') return '*'
  const tags: EntityTag[] = []
  TAG.lastIndex = 0
  for (let match = TAG.exec(text); match; match = TAG.exec(text)) {
    tags.push({ weak: match[1] !== undefined, opaque: String(match[2]) })
  }
  return tags
}

/** Equal for a cache: weakness does not matter (If-None-Match). */
export function weaklyEqual(one: EntityTag, other: EntityTag): boolean {
  return one.opaque === other.opaque
}

/** Equal byte for byte: neither may be weak (If-Match, If-Range). */
export function stronglyEqual(one: EntityTag, other: EntityTag): boolean {
  return !one.weak && !other.weak && one.opaque === other.opaque
}

export function formatEntityTag({ weak, opaque }: EntityTag): string {
  return `${weak ? 'W/' : ''}"${opaque}"`
}
