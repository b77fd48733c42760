/** The text of SQL in events: one line, without values. Pure. */

/** Characters of a statement that are read: a statement for many rows has a placeholder for each value. */
const MAX_LENGTH = 8192
/** Placeholders in a row that are shown. */
const PLACEHOLDERS = /((?:\?|\$\d+)(?:::\w+)?)((?:,\s*(?:\?|\$\d+)(?:::\w+)?){3,})/g
/** A literal, or a name or placeholder that contains what looks like a literal. */
const TOKEN =
  /(?<name>"(?:[^"]|"")*(?:"|$)|\$\d+|\b[a-z_]\w*\b(?!'))|\be'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|(?<tag>\$(?:[a-z_]\w*)?\$)[\s\S]*?(?:\k<tag>|$)|--.*|\/\*[\s\S]*?(?:\*\/|$)|\d[\w.]*/gi

/** Returns a statement in one line; of a list of more than three placeholders, the first one and their number. */
export function compactSql(sql: string): string {
  return sql
    .slice(0, MAX_LENGTH)
    .replace(PLACEHOLDERS, (_, first: string, others: string) => `${first}, … (${others.split(',').length})`)
    .replace(/\s+/g, ' ')
    .trim()
}

/** Replaces literals and comments by `****`, as the trace does with other secrets. Names and placeholders stay. */
export function maskLiterals(sql: string): string {
  return sql.replace(TOKEN, (text, ...groups) =>
    (groups.at(-1) as { name?: string }).name === undefined ? '****' : text,
  )
}

/** Replaces what is in quotes in the message of an error: names, but also values. */
export function maskQuoted(message: string): string {
  return message.replace(/"[^"]*(?:"|$)|'[^']*(?:'|$)/g, '"****"')
}

/** `1 row`, `2 rows`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
