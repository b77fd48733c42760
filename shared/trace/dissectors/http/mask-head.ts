/** Masks the secrets in the head of an HTTP/1.x message. Pure. */
import { endingOf, isContinuation } from './head.ts'

/** Names of the fields whose values are masked. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
])

/** Masks the values of secret fields, with their continuation lines (RFC 9112, section 5.2). */
export function maskFields(lines: readonly string[]): string[] {
  let isSecret = false
  return lines.map(line => {
    const isContinued = isContinuation(line)
    if (!isContinued) isSecret = SECRET_FIELDS.has(String(line.split(':', 1)[0]).trim().toLowerCase())
    if (!isSecret) return line
    return isContinued ? ` ***${endingOf(line)}` : `${line.slice(0, line.indexOf(':') + 1)} ***${endingOf(line)}`
  })
}

/** Masks the user and password of an absolute target (RFC 9110, section 4.2.4). */
export function maskTarget(startLine: string): string {
  return startLine.replace(/^(\S+ +(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?:\/\/)?)[^/?#\s]*@/, '$1***@')
}
