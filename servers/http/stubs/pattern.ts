/** The pattern of a request: `POST /api/orders`, `/api/orders/:id`, `GET /files/*path?page=1`. Pure. */
import { UsageError } from '../../../shared/errors.ts'
import { decodeParams, ENCODED_SLASH, pathText } from '../request/target.ts'
import { patternOf } from '../routes/router.ts'

export interface RequestPattern {
  /** As given. */
  readonly text: string
  /** Undefined for any method. */
  readonly method: string | undefined
  /** The path with its `:name` segments. */
  readonly path: string
  readonly expression: RegExp
  /** Parameters that the query must have, among others. */
  readonly query: readonly (readonly [name: string, value: string])[]
}

/** Values of the `:name` segments of a pattern, and of `*name`: `{ id: string }` for `GET /orders/:id`. */
export type PathParams<Pattern extends string> = string extends Pattern
  ? Readonly<Record<string, string>>
  : { readonly [Name in ParamsOfPath<WithoutQuery<Pattern>>]: string }

type WithoutQuery<Pattern> = Pattern extends `${infer Path}?${string}` ? Path : Pattern
type ParamsOfPath<Path> = Path extends `${infer Segment}/${infer Rest}`
  ? ParamOfSegment<Segment> | ParamsOfPath<Rest>
  : ParamOfSegment<Path>
type ParamOfSegment<Segment> = Segment extends `:${infer Name}` ? Name : Segment extends `*${infer Name}` ? Name : never

const PATTERN = /^(?:(?<method>[^ /]+) +)?(?<path>\/[^?#]*)(?:\?(?<query>[^#]*))?$/
const METHOD = /^[A-Z][A-Z0-9_-]*$/
const MAX_LENGTH = 8 * 1024

/**
 * Parses a pattern.
 *
 * @throws UsageError with what is wrong, without the pattern
 */
export function parsePattern(text: unknown): RequestPattern {
  if (typeof text !== 'string') throw new UsageError('the request must be text such as "POST /api/orders"')
  if (text.length > MAX_LENGTH) throw new UsageError(`the request must have at most ${MAX_LENGTH} characters`)
  const { method, path, query = '' } = PATTERN.exec(text)?.groups ?? {}
  if (path === undefined) {
    throw new UsageError(
      `the request must be a path that begins with /, and may have a method before it: "GET /orders"${adviceOf(text)}`,
    )
  }
  if (method !== undefined && !METHOD.test(method)) {
    throw new UsageError(`${JSON.stringify(method)} is not a method. Write it in upper case, or leave it out for any`)
  }
  checkPath(path)
  return {
    text,
    method,
    path,
    expression: patternOf(path.replace(/%2f/gi, ENCODED_SLASH)),
    query: [...new URLSearchParams(query)],
  }
}

/** Returns advice on what to leave out of a URL. */
function adviceOf(text: string): string {
  if (text.includes('#')) return '. Clients do not send the part after #'
  return /\bhttps?:\/\//.test(text) ? '. The URL is that of the suite: leave out the part before the path' : ''
}

function checkPath(path: string): void {
  const method = / ([A-Z]+)$/.exec(path)?.[1]
  if (method !== undefined)
    throw new UsageError(`the method comes first: "${method} ${path.slice(0, -method.length - 1)}"`)
  const braces = /^\/(?:.*\/)?\{(\w*)\}/.exec(path)
  if (braces) throw new UsageError(`write :${braces[1] || 'name'} for {${braces[1]}}`)
  if (/%(?!2f)/i.test(path)) {
    throw new UsageError(
      'the path must be written decoded, without %. Only %2F can be in it, for a slash inside a segment',
    )
  }
  if (path === '/-' || path.startsWith('/-/')) throw new UsageError('paths below /-/ are those of the stubs themselves')
  const segments = path.split('/')
  const names = segments.flatMap((segment, index) => paramOf(segment, index === segments.length - 1))
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw new UsageError(`the path has the name ${repeated} twice`)
}

function paramOf(segment: string, isLast: boolean): string[] {
  const [kind] = segment
  if (kind !== ':' && kind !== '*') return []
  const name = segment.slice(1)
  if (name === '') throw new UsageError(`${JSON.stringify(segment)} needs a name: ${kind}name`)
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    const advice = kind === ':' ? 'A parameter is a whole segment of the path' : 'It is the rest of the path'
    throw new UsageError(`the name in ${JSON.stringify(segment)} must be letters, digits and _. ${advice}`)
  }
  if (kind === '*' && !isLast) throw new UsageError(`${segment} can only be the end of the path`)
  return [name]
}

/** The parts of a request that a pattern concerns. */
export interface RequestLine {
  readonly method: string
  /** As in `PathTarget`. */
  readonly path: string
  /** As sent, without the question mark. */
  readonly query: string
}

/** Returns the values of the names in the path; undefined if the request does not match. */
export function matchPattern(pattern: RequestPattern, request: RequestLine): Record<string, string> | undefined {
  if (pattern.method !== undefined && pattern.method !== request.method) return undefined
  return missingParameters(pattern, request).length > 0 ? undefined : paramsOf(pattern, request.path)
}

/** Returns the values of the names in the path; undefined if the path does not match. */
export function paramsOf({ expression }: RequestPattern, path: string): Record<string, string> | undefined {
  const match = expression.exec(path)
  return match ? decodeParams(match.groups) : undefined
}

/** Returns how a request differs from a pattern, one sentence for each difference. */
export function patternDifferences(pattern: RequestPattern, request: RequestLine): string[] {
  const { method, path, expression } = pattern
  return [
    ...(method === undefined || method === request.method ? [] : [`method ${request.method} is not ${method}`]),
    ...(expression.test(request.path) ? [] : [`path ${JSON.stringify(pathText(request.path))} does not match ${path}`]),
    ...missingParameters(pattern, request).map(([name, value]) => {
      const given = new URLSearchParams(request.query).getAll(name).map(text => JSON.stringify(text))
      return `query ${name} is ${given.join(', ') || 'missing'}, not ${JSON.stringify(value)}`
    }),
  ]
}

function missingParameters({ query }: RequestPattern, request: RequestLine): RequestPattern['query'] {
  if (query.length === 0) return query
  const given = new URLSearchParams(request.query)
  return query.filter(([name, value]) => !given.getAll(name).includes(value))
}
