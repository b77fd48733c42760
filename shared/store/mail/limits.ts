/** Bounds of the mail store that its users check too. Pure. */

/** Messages of one page of a list. */
export const MAX_LIMIT = 1000
