/** Parses stubs: those of programs, and those of files and of `POST /-/stubs`, which are JSON. Pure. */
import * as z from 'zod'
import { UsageError } from '../../../shared/errors.ts'
import { issueMessage } from '../../../shared/issue-message.ts'
import type { JsonPath } from '../../../shared/json-positions.ts'
import type { Where } from './criteria.ts'
import { MAX_RESPONSES } from './limits.ts'
import { quoteInput } from './quote-input.ts'
import { schemas } from './schemas.ts'
import type { StubFunction, StubResponse } from './stub-response.ts'

/** What is wrong, and where in a file of stubs. */
export class StubError extends UsageError {
  readonly path: JsonPath

  constructor(path: JsonPath, message: string) {
    super(message)
    this.path = path
  }
}

/** A stub of a file, or of `POST /-/stubs`. */
export interface StubDefinition {
  readonly request: string
  readonly where: Where | undefined
  readonly answers: readonly (number | StubResponse)[]
}

/**
 * Parses the response or the list of responses of a program.
 *
 * @throws UsageError with the path and what is wrong there
 */
export function parseAnswers(answers: unknown): (number | StubResponse | StubFunction)[] {
  if (!Array.isArray(answers)) return [parseAnswer(answers, [])]
  checkLength(answers, [])
  return answers.map((answer, index) => parseAnswer(answer, [index]))
}

function parseAnswer(answer: unknown, path: JsonPath): number | StubResponse | StubFunction {
  return typeof answer === 'function' ? (answer as StubFunction) : parseResponse(answer, path)
}

/** Parses a status or a response of a program, as its function returns them too. */
export function parseResponse(response: unknown, path: JsonPath = []): number | StubResponse {
  if (typeof response === 'number') return parse(schemas().status, response, path)
  if (response instanceof globalThis.Response) {
    throw problemAt(path, 'the response cannot be a Response of fetch. Use { status, headers, body }')
  }
  if (isObject(response)) return parse(schemas().programResponse, response, path)
  const kinds = 'a status, an object such as { json: {} } or { body: "text" }, or a function'
  throw problemAt(path, `the response must be ${kinds}`)
}

/** Parses the conditions of a program. */
export function parseWhere(where: unknown): Where | undefined {
  if (where === undefined || typeof where === 'function') return where as Where | undefined
  return parse(schemas().programWhere, where, ['where'])
}

/**
 * Checks the names of a program's options: a misspelled one would have no effect.
 *
 * @throws UsageError naming those that exist
 */
export function checkOptionNames(options: unknown, known: readonly string[]): void {
  if (!isObject(options)) throw new UsageError(`the options must be an object with ${known.join(', ')}`)
  const unknown = Object.keys(options).filter(name => !known.includes(name))
  if (unknown.length === 0) return
  throw new UsageError(
    `unknown option ${unknown.map(name => JSON.stringify(name)).join(', ')}. Use ${known.join(', ')}`,
  )
}

/** Parses the content of a file of stubs. */
export function parseDefinitions(json: unknown): StubDefinition[] {
  return parse(schemas().definitions, json, []).stubs.map((stub, index) => parseDefinition(stub, ['stubs', index]))
}

/** Parses one stub. */
export function parseDefinition(json: unknown, path: JsonPath = []): StubDefinition {
  const { request, where, response } = parse(schemas().definition, json, path)
  const place = [...path, 'response']
  if (!Array.isArray(response)) return { request, where, answers: [parseJsonAnswer(response, place)] }
  checkLength(response, place)
  return { request, where, answers: response.map((answer, index) => parseJsonAnswer(answer, [...place, index])) }
}

function parseJsonAnswer(answer: unknown, path: JsonPath): number | StubResponse {
  if (typeof answer === 'number') return parse(schemas().status, answer, path)
  if (isObject(answer)) return parse(schemas().jsonResponse, answer, path)
  throw problemAt(path, 'must be a status, an object such as {"status": 200, "json": {}}, or a list of them')
}

function checkLength(answers: readonly unknown[], path: JsonPath): void {
  if (answers.length === 0) throw problemAt(path, 'the list of responses must not be empty')
  if (answers.length > MAX_RESPONSES) throw problemAt(path, `a stub can have at most ${MAX_RESPONSES} responses`)
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, path: JsonPath): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: issueMessage })
  if (parsed.success) return parsed.data
  // An error has at least one issue. A mistyped name explains why another one is missing.
  const { issues } = parsed.error
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue
  throw problemAt([...path, ...issue.path.map(String)], describeIssue(issue, schema, value))
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const known = schema instanceof z.ZodObject && issue.path.length === 0 ? Object.keys(schema.shape) : []
    const advice = known.length === 0 ? '' : `. Use ${known.join(', ')}`
    return `unknown option ${issue.keys.map(key => JSON.stringify(key)).join(', ')}${advice}`
  }
  const given = issue.path.reduce<unknown>((inner, key) => Object(inner)[key], value)
  return given === undefined ? issue.message : `${issue.message} (given: ${quoteInput(given)})`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function problemAt(path: JsonPath, problem: string): StubError {
  return new StubError(path, path.length === 0 ? problem : `${path.join('.')}: ${problem}`)
}
