/**
 * hello: the smallest client-server program there is. A client connects and says something; the server says who it was
 * and what it heard, answers `Hello from server`, and closes. No RFC, no state, one exchange a connection.
 */
import { defineServer } from '../../shared/define-server.ts'
import { helloOptions } from './options.ts'

/** A server that answers one sentence. Its `listen` rejects with a `BindError` where the port is taken. */
export const hello = defineServer({
  name: 'hello',
  summary: 'answers "Hello from server" to whatever it is sent, over TCP',
  options: helloOptions,
  load: async () => (await import('./server.ts')).HelloServer,
})

export { type HelloOptions, helloOptions } from './options.ts'
