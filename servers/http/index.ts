/** http: (its head comment says what the protocol is, its rules in a few lines, and the RFCs it keeps) */
import type { z } from 'zod'
import { listenOptions } from '../../shared/options.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

export const httpOptions = listenOptions(8080)
export type HttpOptions = z.output<typeof httpOptions>

export const http: ServerDefinition<typeof httpOptions> = {
  name: 'http',
  summary: '',
  options: httpOptions,
  create: () => deferred('http', async () => Promise.reject(new Error('not built yet'))),
}
