/** Wildcards `*` and `?` in the last part of a path, for `ls` and `mget`. Pure. */

export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text)
}

/** True if the whole name matches. Backtracks only to the last star, so the time is at most pattern length times name length. */
export function matchesWildcard(pattern: string, name: string): boolean {
  let at = 0
  let here = 0
  let star: { at: number; here: number } | undefined
  while (here < name.length) {
    if (pattern[at] === '*') {
      star = { at: ++at, here }
    } else if (pattern[at] === '?' || pattern[at] === name[here]) {
      at++
      here++
    } else if (star) {
      star.here++
      here = star.here
      at = star.at
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
