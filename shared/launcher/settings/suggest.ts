/** Suggestions for misspelled names. Pure. */
import countEdits from 'damerau-levenshtein'

/** A name with more edits is another word. */
const MAX_EDITS = 3
/** The share of a name that must be correct. */
const MIN_SIMILARITY = 0.5

/** Returns the candidate that is most similar to a misspelled name; undefined if none is similar. */
export function closestName(name: string, candidates: readonly string[]): string | undefined {
  const similar = candidates
    .map(candidate => ({ candidate, ...countEdits(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ steps, similarity }) => steps <= MAX_EDITS && similarity >= MIN_SIMILARITY)
  return similar.sort((a, b) => a.steps - b.steps)[0]?.candidate
}

/** Returns a sentence that follows an error: `. Did you mean \`dns\`?`; empty if no candidate is similar. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const closest = closestName(name, candidates)
  return closest === undefined ? '' : `. Did you mean \`${closest}\`?`
}
