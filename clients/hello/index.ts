/** The hello client: `fourwire hello`. */
import * as z from 'zod'
import { portOption } from '../../shared/options.ts'
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { sayHello } from './hello.ts'

export { type HelloReply, type HelloRequest, sayHello } from './hello.ts'

const say = defineCommand({
  name: '',
  summary: 'say something to the hello server and print its answer',
  positional: ['text'],
  input: z.object({
    text: z.string().default('Hello from client').describe('what to say'),
    host: z.string().optional().describe('server to talk to (default: the running suite)'),
    port: portOption.optional().describe('its port'),
  }),
  example: 'fourwire hello "Good morning"',
  run: async (input, context) => {
    const reply = await sayHello(input, context)
    context.show(reply, reply.text)
  },
})

/** The command `fourwire hello [TEXT]`, for the launcher; programs call `sayHello`. */
export const hello: ClientDefinition = {
  name: 'hello',
  summary: 'the smallest conversation there is',
  commands: [say],
}
