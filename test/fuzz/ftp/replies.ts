/** Checks the replies of a control connection (RFC 959, section 4.2). Pure. */

/** Returns the first line that is no part of a reply; undefined if all are. The last line may be cut off. */
export function findInvalidReply(text: string): string | undefined {
  const lines = text.split('\r\n')
  const cut = lines.pop() ?? ''
  let open: string | undefined
  for (const line of lines) {
    if (hasControl(line)) return line
    const [, code, separator] = /^([1-5]\d\d)([ -])/.exec(line) ?? []
    if (open !== undefined) {
      if (code === open && separator === ' ') open = undefined
      continue
    }
    if (code === undefined) return line
    if (separator === '-') open = code
    // The bytes after it are those of TLS.
    if (code === '234') return undefined
  }
  return open === undefined && cut !== '' && !/^[1-5]?\d{0,2}([ -].*)?$/.test(cut) ? cut : undefined
}

/** A name in a reply can have any character but those that end a line. */
function hasControl(line: string): boolean {
  return /[\r\n\0]/.test(line)
}
