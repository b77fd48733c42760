/** Parses the query or the body of a request by a schema. Invalid input is a 400 problem that names the field. Pure. */
import type * as z from 'zod'
import { issueMessage } from '../../../../shared/issue-message.ts'
import { Problem } from '../problem.ts'

/** Parses the query of a target. A parameter that the schema does not have, or that is repeated, is a problem. */
export function parseQuery<Schema extends z.ZodObject>(schema: Schema, query: string): z.output<Schema> {
  return parseFields(schema, query, 'query parameter')
}

/** Parses a body by its media type: JSON, or a form (`application/x-www-form-urlencoded`). */
export function parseBody<Schema extends z.ZodObject>(
  schema: Schema,
  body: Uint8Array,
  mediaType: string | undefined,
): z.output<Schema> {
  // Without a body there is no media type either; a schema whose fields are all optional accepts it.
  if (body.length === 0 && mediaType === undefined) return check(schema, {}, 'field')
  const text = Buffer.from(body).toString('utf8')
  switch (mediaType?.split(';')[0]?.trim().toLowerCase()) {
    case 'application/json':
      return check(schema, parseJson(text), 'field')
    case 'application/x-www-form-urlencoded':
      return parseFields(schema, text, 'field')
    default:
      throw new Problem(415, 'Send the body as application/json or application/x-www-form-urlencoded.', {
        headers: ['Accept', 'application/json, application/x-www-form-urlencoded'],
      })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem(400, 'The body is not valid JSON.', { cause })
  }
}

function parseFields<Schema extends z.ZodObject>(schema: Schema, text: string, kind: string): z.output<Schema> {
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw new Problem(400, `The ${kind} ${quote(name)} is given more than once.`)
    // A browser counts a line break as one character and sends two.
    fields.set(name, value.replaceAll('\r\n', '\n'))
  }
  return check(schema, Object.fromEntries(fields), kind)
}

/** Checks values by a schema. `kind` is what the problem calls one of them: `field`. */
export function check<Schema extends z.ZodObject>(schema: Schema, value: unknown, kind: string): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: issueMessage })
  if (parsed.success) return checkTexts(parsed.data, kind)
  // An error has at least one issue.
  const issue = parsed.error.issues[0] as z.core.$ZodIssue
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ')
    const advice = known === '' ? 'There are none' : `Known: ${known}`
    throw new Problem(400, `Unknown ${kind} ${quote(issue.keys.join(', '))}. ${advice}.`, { cause: parsed.error })
  }
  const field = issue.path.length > 0 ? `The ${kind} ${quote(issue.path.join('.'))}` : 'The body'
  throw new Problem(400, `${field} ${predicate(issue.message)}.`, { cause: parsed.error })
}

/** A NUL and half of a surrogate pair cannot be stored: the database would have another text than the response. */
function checkTexts<Values extends object>(values: Values, kind: string): Values {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'string' || (!value.includes('\0') && Buffer.from(value).toString() === value)) continue
    throw new Problem(400, `The ${kind} ${quote(name)} must be Unicode text without NUL.`)
  }
  return values
}

/** The messages of the command line follow a colon, as in `--port: missing`. */
function predicate(message: string): string {
  return message === 'missing' || message === 'not valid' ? `is ${message}` : message
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 100))
}
