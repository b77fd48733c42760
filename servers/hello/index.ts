/**
 * hello: the smallest client-server program there is. A client connects and says something; the server says who it was
 * and what it heard, answers `Hello from server`, and closes. No RFC, no state, one exchange a connection.
 */
import type { z } from 'zod'
import { listenOptions } from '../../shared/options.ts'
import { PORTS } from '../../shared/ports.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

/** Where to listen; there is nothing else to choose. */
export const helloOptions = listenOptions(PORTS.hello.own)

/** The options with their defaults filled in. */
export type HelloOptions = z.output<typeof helloOptions>

/** A server that answers one sentence. Its `listen` rejects with a `BindError` where the port is taken. */
export const hello: ServerDefinition<typeof helloOptions> = {
  name: 'hello',
  summary: 'answers "Hello from server" to whatever it is sent, over TCP',
  options: helloOptions,
  create: (options, context) =>
    deferred('hello', async () => {
      const { HelloServer } = await import('./server.ts')
      return new HelloServer(options, context)
    }),
}
