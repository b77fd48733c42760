/** The OpenAPI 3.1 description of the JSON API, made from the operations and their zod schemas. Pure. */
import * as z from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { reasonPhrase } from '../../response/response.ts'
import type { Operation } from './operation.ts'

const problemSchema = z
  .object({
    type: z.string().meta({ example: 'about:blank' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().meta({ description: 'why, and what to do' }),
  })
  .meta({ id: 'Problem', description: 'problem details (RFC 9457)' })

/** The problems that any request can have. */
const COMMON_PROBLEMS = [400, 403, 503]

export function describeApi(
  operations: readonly Operation[],
  { name, version }: { name: string; version: string },
): object {
  const paths: ZodOpenApiPathsObject = {}
  for (const operation of operations) {
    const path = operation.path.replace(/[:*](\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: name, version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'session', description: 'over TLS, the name is __Host-session' },
      },
    },
  })
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { id, summary, access, path, query, body, rawBody, response, problems = [] } = operation
  const names = [...path.matchAll(/[:*](\w+)/g)].map(([, name = '']) => name)
  const problemStatuses = new Set([...COMMON_PROBLEMS, ...problems, ...(access === 'signed-in' ? [401] : [])])
  if (body) for (const status of [413, 415]) problemStatuses.add(status)
  return {
    operationId: id,
    summary,
    security: access === 'signed-in' ? [{ session: [] }] : [],
    requestParams: {
      ...(query && { query }),
      ...(names.length > 0 && { path: z.object(Object.fromEntries(names.map(name => [name, z.string()]))) }),
    },
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    ...(rawBody && { requestBody: { required: true, content: { [rawBody]: {} } } }),
    responses: {
      [response.status]: describeResponse(response),
      ...Object.fromEntries([...problemStatuses].sort().map(status => [status, describeProblem(status)])),
    },
  }
}

function contentOf(body: z.ZodObject) {
  return { 'application/json': { schema: body }, 'application/x-www-form-urlencoded': { schema: body } }
}

function describeResponse({ description, schema, mediaType }: Operation['response']) {
  if (schema) return { description, content: { 'application/json': { schema } } }
  return { description, ...(mediaType && { content: { [mediaType]: {} } }) }
}

function describeProblem(status: number) {
  return { description: reasonPhrase(status), content: { 'application/problem+json': { schema: problemSchema } } }
}
