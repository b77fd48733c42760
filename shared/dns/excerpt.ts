/** Characters of the invalid input that an error message quotes. */
const MAX_QUOTED = 80

/** Quotes the start of an invalid input for an error message. Pure. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}
