import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { appSuite, signedInClient } from './client.ts'

interface Description {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>
}

test('the description of the API is valid OpenAPI 3.1', async () => {
  const { http } = await appSuite()
  const response = await fetch(new URL('/api/openapi.json', http.url))
  expect(response.headers.get('content-type')).toBe('application/json')
  const description = (await response.json()) as Description
  expect(description.openapi).toBe('3.1.0')
  expect(await new Validator().validate({ ...description })).toEqual({ valid: true })
})

test('every path and method of the description is served', async () => {
  const { http } = await appSuite()
  const { paths } = (await (await fetch(new URL('/api/openapi.json', http.url))).json()) as Description
  expect(Object.keys(paths)).toContain('/api/notices/{id}')
  for (const [path, methods] of Object.entries(paths)) {
    const response = await fetch(new URL(path.replace(/\{\w+\}/g, 'x'), http.url), { method: 'OPTIONS' })
    const allowed = response.headers.get('allow')?.split(', ') ?? []
    const described = Object.keys(methods).map(method => method.toUpperCase())
    expect(allowed.filter(method => !['HEAD', 'OPTIONS'].includes(method)).sort()).toEqual(described.sort())
  }
})

test('the description has an example that works', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const { json } = await client.get('/api/openapi.json')
  expect(json).toMatchObject({
    paths: {
      '/api/notices': {
        post: {
          operationId: 'postNotice',
          security: [{ session: [] }],
          requestBody: {
            content: {
              'application/json': { schema: { properties: { text: { example: 'The printer works again.' } } } },
            },
          },
          responses: { '201': {}, '401': { content: { 'application/problem+json': {} } } },
        },
      },
    },
  })
})
