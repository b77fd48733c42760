/** How much of a text at fault a message quotes. */
const MAX_QUOTED = 80

/** A piece of a text at fault, in quotes, for the message of an error. Pure. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}
