/** Text as all databases store it. Pure. */

/** Replaces NUL by U+FFFD: PostgreSQL has no NUL in text, and SQLite's functions end the text there. */
export function textValue(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text
}
