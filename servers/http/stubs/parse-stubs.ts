/** Parses stubs: those of programs, and those of files and of `POST /-/stubs`, which are JSON. Pure. */
import * as z from 'zod'
import { UsageError } from '../../../shared/errors.ts'
import { issueMessage } from '../../../shared/issue-message.ts'
import type { Where } from './criteria.ts'
import { MAX_RESPONSES } from './limits.ts'
import { quoteInput } from './quote-input.ts'
import { schemas } from './schemas.ts'
import type { StubFunction, StubResponse } from './stub-response.ts'

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

function parseAnswer(answer: unknown, path: Path): number | StubResponse | StubFunction {
  return typeof answer === 'function' ? (answer as StubFunction) : parseResponse(answer, path)
}

/** Parses a status or a response of a program, as its function returns them too. */
export function parseResponse(response: unknown, path: Path = []): number | StubResponse {
  if (typeof response === 'number') return parse(schemas().status, response, path)
  if (isObject(response)) return parse(schemas().programResponse, response, path)
  throw problemAt(path, 'the response must be a status, an object such as { status: 200, json: {} }, or a function')
}

/** Parses the conditions of a program. */
export function parseWhere(where: unknown): Where | undefined {
  if (where === undefined || typeof where === 'function') return where as Where | undefined
  return parse(schemas().programWhere, where, ['where'])
}

/** Parses the content of a file of stubs. */
export function parseDefinitions(json: unknown): StubDefinition[] {
  return parse(schemas().definitions, json, []).stubs.map((stub, index) => parseDefinition(stub, ['stubs', index]))
}

/** Parses one stub. */
export function parseDefinition(json: unknown, path: Path = []): StubDefinition {
  const { request, where, response } = parse(schemas().definition, json, path)
  const place = [...path, 'response']
  if (!Array.isArray(response)) return { request, where, answers: [parseJsonAnswer(response, place)] }
  checkLength(response, place)
  return { request, where, answers: response.map((answer, index) => parseJsonAnswer(answer, [...place, index])) }
}

function parseJsonAnswer(answer: unknown, path: Path): number | StubResponse {
  if (typeof answer === 'number') return parse(schemas().status, answer, path)
  if (isObject(answer)) return parse(schemas().jsonResponse, answer, path)
  throw problemAt(path, 'must be a status, an object such as {"status": 200, "json": {}}, or a list of them')
}

type Path = readonly (string | number)[]

function checkLength(answers: readonly unknown[], path: Path): void {
  if (answers.length === 0) throw problemAt(path, 'the list of responses must not be empty')
  if (answers.length > MAX_RESPONSES) throw problemAt(path, `a stub can have at most ${MAX_RESPONSES} responses`)
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: issueMessage })
  if (parsed.success) return parsed.data
  // An error has at least one issue. A mistyped name explains why another one is missing.
  const { issues } = parsed.error
  const issue = (issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]) as z.core.$ZodIssue
  throw problemAt([...path, ...issue.path.map(String)], describeIssue(issue, schema, value), parsed.error)
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

function problemAt(path: Path, problem: string, cause?: unknown): UsageError {
  const place = path.length === 0 ? '' : `${path.join('.')}: `
  return new UsageError(`${place}${problem}`, { cause })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
