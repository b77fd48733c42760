/** Starts services for tests that need a context of their own; most tests start a suite instead. */
import { onTestFinished } from 'vitest'
import type { Context, ServerDefinition, Service } from '../../shared/service.ts'
import { createTestContext } from './context.ts'

export interface TestService {
  readonly service: Service
  readonly port: number
  readonly url: string
  readonly context: Context
  /** The lines of the log. */
  readonly logged: string[]
}

/** Starts a service on a free port, and closes it after the test. */
export async function startService(
  definition: ServerDefinition,
  options: object = {},
  given: Partial<Context> = {},
): Promise<TestService> {
  const { context, logged } = await createTestContext(given)
  const service = definition.create(definition.options.parse({ port: 0, ...options }), context)
  onTestFinished(() => service.close())
  const [endpoint] = await service.listen()
  if (!endpoint) throw new Error(`${definition.name} has no endpoint`)
  return { service, port: endpoint.port, url: endpoint.url, context, logged }
}
