/**
 * Parses the head of an HTTP/1.1 request strictly (RFC 9112, sections 2 to 5): a head that another parser could read in
 * another way is rejected, because that enables request smuggling (section 11.2). Pure.
 */
import { addField } from './fields.ts'
import { TOKEN } from './grammar.ts'
import { MalformedRequest } from './malformed-request.ts'

/** Header fields by lower-case name. */
export type Fields = Readonly<Record<string, string>>

/** The head of a request. */
export interface RequestHead {
  readonly method: string
  /** The request target, as sent. */
  readonly target: string
  /** The minor version: 0, or 1 for 1 and above, since a server treats a higher minor version as its own (RFC 9110, section 2.5). */
  readonly minorVersion: 0 | 1
  readonly headers: Fields
}

/** Section 3. The target is checked later; here it only has no white space, controls and bytes above ASCII. */
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([!-~]+) HTTP/([0-9])\\.([0-9])$`)

/** Section 5, without obs-fold: name, colon, optional white space, value of visible characters, spaces, tabs and obs-text. */
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([^\\0-\\x08\\n-\\x1f\\x7f]*)$`)

/**
 * Parses a head.
 *
 * @param text the head as latin1, without the CRLF of its last line and the empty line
 * @throws MalformedRequest with status 400 or 505
 */
export function parseHead(text: string): RequestHead {
  const lineEnd = text.indexOf('\r\n')
  const line = REQUEST_LINE.exec(lineEnd === -1 ? text : text.slice(0, lineEnd))
  if (!line) throw malformedRequestLine(lineEnd === -1 ? text : text.slice(0, lineEnd))
  const [, method = '', target = '', major, minor] = line
  if (major !== '1') throw new MalformedRequest(505, 'This server speaks HTTP/1.1 and HTTP/1.0.')
  const headers = lineEnd === -1 ? {} : parseFields(text, lineEnd + 2)
  return { method, target, minorVersion: minor === '0' ? 0 : 1, headers }
}

/**
 * Parses field lines, for a trailer section too.
 *
 * @param text the lines as latin1, without the last CRLF
 * @throws MalformedRequest with status 400
 */
export function parseFields(text: string, start = 0): Fields {
  const fields: Record<string, string> = {}
  for (let position = start; position <= text.length; ) {
    const end = text.indexOf('\r\n', position)
    const line = text.slice(position, end === -1 ? text.length : end)
    const match = FIELD_LINE.exec(line)
    if (!match) throw malformedFieldLine(line)
    const [, name = '', value = ''] = match
    addField(fields, name, trimEnd(value))
    if (end === -1) break
    position = end + 2
  }
  return fields
}

/** Removes spaces and tabs alone: a no-break space is a part of the value (section 5.1), and `chunked` with one is not `chunked`. */
function trimEnd(value: string): string {
  let end = value.length
  while (end > 0 && (value[end - 1] === ' ' || value[end - 1] === '\t')) end -= 1
  return end === value.length ? value : value.slice(0, end)
}

/** What the explanation of a malformed line can be, in the order in which the patterns are tried. */
type Explanations = readonly (readonly [pattern: RegExp, explanation: string])[]

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: the patterns look for them.
const REQUEST_LINE_EXPLANATIONS: Explanations = [
  [/\n/, 'A line of the request ends with LF alone, not with CRLF.'],
  [/[\0-\x1f\x7f]/, 'The request line contains a control character.'],
  [/[^\0-\x7f]/, 'The request line contains a byte that is not ASCII. Percent-encode it in the target.'],
  [/^[^ ]+ +[^ ]+ *$/, 'The request line has no version. HTTP/0.9 is not supported.'],
  [/ {2}|^ | $/, 'The request line must have exactly one space between method, target and version.'],
  [/^[^ ]+ [^ ]+ [^ ]+$/, 'The request line is not METHOD TARGET HTTP/1.1.'],
  [/ .* .* /, 'The request target contains a space. Percent-encode it as %20.'],
]

const FIELD_LINE_EXPLANATIONS: Explanations = [
  [/\n/, 'A header field ends with LF alone, not with CRLF.'],
  [/\r/, 'A header field contains a CR.'],
  [/\0/, 'A header field contains a NUL.'],
  [/^[ \t]/, 'A header field continues on a second line, or the first one starts with white space.'],
  [/^[^:]*[ \t]:/, 'A header field has white space before its colon.'],
  [/^:/, 'A header field has no name.'],
  [/^[^:]*$/, 'A line of the header section has no colon.'],
  [/^[^:]*[^!#$%&'*+\-.^_`|~0-9A-Za-z:]/, 'The name of a header field contains an invalid character.'],
  [/[\0-\x08\x0b-\x1f\x7f]/, 'A header field contains a control character.'],
]
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: see above.

function malformedRequestLine(line: string): MalformedRequest {
  return new MalformedRequest(400, explain(line, REQUEST_LINE_EXPLANATIONS) ?? 'This is not an HTTP request.')
}

function malformedFieldLine(line: string): MalformedRequest {
  return new MalformedRequest(400, explain(line, FIELD_LINE_EXPLANATIONS) ?? 'A header field is malformed.')
}

function explain(line: string, explanations: Explanations): string | undefined {
  return explanations.find(([pattern]) => pattern.test(line))?.[1]
}
