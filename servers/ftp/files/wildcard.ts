/** Wildcards `*` and `?` in the last part of a path, for `ls` and `mget`. Pure. */

export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text)
}

/**
 * Returns true if the whole name matches. Backtracks only to the last star, so the time is at most the length of the pattern
 * times the length of the name.
 */
export function matchesWildcard(pattern: string, name: string): boolean {
  let patternIndex = 0
  let nameIndex = 0
  let star: { patternIndex: number; nameIndex: number } | undefined
  while (nameIndex < name.length) {
    if (pattern[patternIndex] === '*') {
      star = { patternIndex: ++patternIndex, nameIndex }
    } else if (pattern[patternIndex] === '?' || pattern[patternIndex] === name[nameIndex]) {
      patternIndex++
      nameIndex++
    } else if (star) {
      star.nameIndex++
      nameIndex = star.nameIndex
      patternIndex = star.patternIndex
    } else {
      return false
    }
  }
  while (pattern[patternIndex] === '*') patternIndex++
  return patternIndex === pattern.length
}
