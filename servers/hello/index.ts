/**
 * hello: the smallest client-server protocol. A client connects and sends a text; the server logs it, answers
 * `Hello from server`, and closes. No RFC, no state, one exchange per connection.
 */
import { defineServer } from '../../shared/define-server.ts'
import { helloOptions } from './options.ts'

/** A server that answers one sentence. `listen` rejects with a `BindError` if the port is in use. */
export const hello = defineServer({
  name: 'hello',
  summary: 'answers "Hello from server" to any text, over TCP',
  options: helloOptions,
  load: async () => (await import('./server.ts')).HelloServer,
})

export { type HelloOptions, helloOptions } from './options.ts'
