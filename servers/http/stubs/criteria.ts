/** Conditions on a request beyond its pattern, and how a request differs from them. Pure. */
import { errorText } from '../../../shared/errors.ts'
import { paramsOf, patternDifferences, type RequestPattern } from './pattern.ts'
import { type ReceivedRequest, type RequestRecord, viewRequest } from './received-request.ts'

/** Conditions that a request must meet, all of them. */
export interface RequestCriteria {
  /** By name, in any case. A string must be contained in the value, a regular expression must match. */
  readonly headers?: Readonly<Record<string, string | RegExp>> | undefined
  /** The body as text: a string must be contained, a regular expression must match. */
  readonly text?: string | RegExp | undefined
  /** The body as JSON. Objects may have more properties than these; lists must have the same length. */
  readonly json?: unknown
}

/** Conditions, or a function that returns true if the request meets them. */
export type Where = RequestCriteria | ((request: ReceivedRequest) => boolean)

const BODY_NOTE = 'its body was not recorded: no stub matched it, and nothing waited for it when it arrived'

/** Characters of a value that an explanation quotes. */
const MAX_QUOTED_LENGTH = 80

/** Returns how a request differs from a pattern and conditions, one sentence for each; nothing if it meets all of them. */
export function findDifferences(record: RequestRecord, pattern: RequestPattern, where: Where | undefined): string[] {
  const differences = patternDifferences(pattern, record)
  // A function may rely on the path and the method.
  return differences.length > 0 ? differences : whereDifferences(record, pattern, where)
}

/** Returns how a request that matches the pattern differs from the conditions. */
export function whereDifferences(record: RequestRecord, pattern: RequestPattern, where: Where | undefined): string[] {
  if (where === undefined) return []
  const differences = conditionDifferences(viewRequest(record, paramsOf(pattern, record.path) ?? {}), where)
  return differences.length === 0 || record.isBodyRecorded ? differences : [...differences, BODY_NOTE]
}

function conditionDifferences(request: ReceivedRequest, where: Where): string[] {
  if (typeof where === 'function') return functionDifferences(request, where)
  const { headers = {}, text, json } = where
  return [
    ...Object.entries(headers).flatMap(([name, expected]) => headerDifferences(request, name, expected)),
    ...(text === undefined || matches(request.text, text)
      ? []
      : [`text ${quote(request.text)} does not ${describe(text)}`]),
    ...(json === undefined ? [] : bodyDifferences(request, json)),
  ]
}

function functionDifferences(request: ReceivedRequest, where: (request: ReceivedRequest) => boolean): string[] {
  try {
    return where(request) ? [] : ['the function `where` returned false']
  } catch (error) {
    return [`the function \`where\` failed: ${errorText(error)}`]
  }
}

function headerDifferences({ headers }: ReceivedRequest, name: string, expected: string | RegExp): string[] {
  const value = headers[name.toLowerCase()]
  if (value === undefined) return [`header ${name} is missing`]
  const text = typeof value === 'string' ? value : value.join(', ')
  return matches(text, expected) ? [] : [`header ${name} ${quote(text)} does not ${describe(expected)}`]
}

function bodyDifferences({ json, text, headers }: ReceivedRequest, expected: unknown): string[] {
  if (json !== undefined || text === '') return jsonDifferences(json, expected, 'json')
  const type = quote(headers['content-type'])
  return [`the body is not JSON: Content-Type is ${type}, text is ${quote(text)}`]
}

/** Returns the first differences of each part; a property that is not expected does not count. */
function jsonDifferences(actual: unknown, expected: unknown, path: string): string[] {
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected).flatMap(([key, value]) => jsonDifferences(actual[key], value, `${path}.${key}`))
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((value, index) => jsonDifferences(actual[index], value, `${path}[${index}]`))
  }
  return Object.is(actual, expected) ? [] : [`${path} is ${quote(actual)}, not ${quote(expected)}`]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function matches(value: string, expected: string | RegExp): boolean {
  // `search` ignores the position that a regular expression with the flag `g` keeps.
  return typeof expected === 'string' ? value.includes(expected) : value.search(expected) >= 0
}

function describe(expected: string | RegExp): string {
  return typeof expected === 'string' ? `contain ${quote(expected)}` : `match ${expected}`
}

function quote(value: unknown): string {
  const text = JSON.stringify(value)
  if (text === undefined) return 'missing'
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}...` : text
}

/** Describes conditions in an error: ` with header accept "json", text /hi/`; empty if there are none. */
export function describeWhere(where: Where | undefined): string {
  if (where === undefined) return ''
  if (typeof where === 'function') return ' that meets the function `where`'
  const { headers = {}, text, json } = where
  const parts = [
    ...Object.entries(headers).map(([name, expected]) => `header ${name} ${show(expected)}`),
    ...(text === undefined ? [] : [`text ${show(text)}`]),
    ...(json === undefined ? [] : [`json ${quote(json)}`]),
  ]
  return parts.length === 0 ? '' : ` with ${parts.join(', ')}`
}

function show(expected: string | RegExp): string {
  return typeof expected === 'string' ? quote(expected) : String(expected)
}
