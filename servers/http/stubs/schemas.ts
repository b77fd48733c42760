/**
 * The schemas of stubs. They are created when the first stub is parsed, because that takes a part of the time of a start.
 * Pure.
 */
import * as z from 'zod'
import { MAX_DELAY_MS, MAX_RESPONSES, MAX_STUBS } from './limits.ts'
import type { StubBody } from './stub-response.ts'

let created: ReturnType<typeof createSchemas> | undefined

/** Returns the schemas, which are the same for all servers. */
export function schemas(): ReturnType<typeof createSchemas> {
  created ??= createSchemas()
  return created
}

const STATUS_ERROR = 'must be a number from 200 to 599'
const DELAY_ERROR = `must be milliseconds from 0 to ${MAX_DELAY_MS}`
const TEXTS_ERROR = 'must be text or a list of texts'
const BODY_ERROR = 'must be text, bytes, a list of them, an async iterable, or a function that returns one'
const EXPRESSION_ERROR = 'must be text or a regular expression'

function createSchemas() {
  const status = z.number(STATUS_ERROR).int(STATUS_ERROR).min(200, STATUS_ERROR).max(599, STATUS_ERROR)
  const jsonBody = z
    .union([z.string(), z.array(z.string())], TEXTS_ERROR)
    .describe('text, or parts of a text that are sent as chunks')
  const textOrExpression = z.custom<string | RegExp>(isTextOrExpression, EXPRESSION_ERROR)
  return {
    status,
    jsonResponse: responseSchema(status, jsonBody),
    programResponse: responseSchema(status, z.custom<StubBody>(isBody, BODY_ERROR)),
    programWhere: z.strictObject({
      headers: z.record(z.string(), textOrExpression).optional(),
      text: textOrExpression.optional(),
      json: z.unknown().optional(),
    }),
    definition: z.strictObject({
      request: z.string().describe('path, with a method before it or not: "POST /orders/:id", "/files/*path?page=1"'),
      where: jsonWhereSchema().optional().describe('conditions on the request'),
      // The responses are parsed one by one, for better messages.
      response: z.unknown(),
    }),
    definitions: z.strictObject({
      $schema: z.string().optional(),
      stubs: z.array(z.unknown()).max(MAX_STUBS).describe('a stub takes precedence over those before it'),
    }),
  }
}

function jsonWhereSchema() {
  return z.strictObject({
    headers: z.record(z.string(), z.string()).optional().describe('texts that the fields contain, by name'),
    text: z.string().optional().describe('text that the body contains'),
    json: z.unknown().optional().describe('properties that the body has as JSON, among others'),
  })
}

/** Returns the schema of a response with this schema of a body. */
function responseSchema<Body>(status: z.ZodType<number>, body: z.ZodType<Body>) {
  return z.strictObject({
    status: status.optional().describe('default: 200'),
    reason: z.string().max(200).optional().describe('reason phrase, if it is not the usual one'),
    headers: z
      .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())], TEXTS_ERROR))
      .optional()
      .describe('header fields; a list sends a field several times'),
    json: z.unknown().optional().describe('body of application/json'),
    body: body.optional(),
    base64: z.base64('must be base64').optional().describe('body of bytes in base64'),
    trailers: z.record(z.string(), z.string()).optional().describe('fields after the body'),
    delay: z
      .number(DELAY_ERROR)
      .min(0, DELAY_ERROR)
      .max(MAX_DELAY_MS, DELAY_ERROR)
      .optional()
      .describe('milliseconds before the response'),
    abort: z
      .boolean()
      .optional()
      .describe('breaks the connection: after the body if there is one, or else without a response'),
  })
}

/** Returns the JSON schema of a file of stubs, for editors. */
export function stubsJsonSchema(): object {
  const { status, jsonResponse, definition, definitions } = schemas()
  const answer = z.union([status, jsonResponse])
  const stub = definition.extend({
    response: z
      .union([answer, z.array(answer).min(1).max(MAX_RESPONSES)])
      .describe('a response for all requests, or a list: one after another, the last one repeated'),
  })
  const schema = z.toJSONSchema(definitions.extend({ stubs: z.array(stub).max(MAX_STUBS) }), { io: 'input' })
  return { ...schema, title: 'Stubs of the HTTP server of Fourwire' }
}

function isTextOrExpression(value: unknown): boolean {
  return typeof value === 'string' || value instanceof RegExp
}

function isBody(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isChunk)
  return (
    isChunk(value) ||
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && Symbol.asyncIterator in value)
  )
}

function isChunk(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array
}
