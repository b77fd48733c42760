/** The hello client: `fourwire hello`. */
import * as z from 'zod'
import { portOption } from '../../shared/options.ts'
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { sendHello } from './send-hello.ts'

export { type HelloReply, type HelloRequest, sendHello } from './send-hello.ts'

const command = defineCommand({
  name: '',
  summary: 'send a text to the hello server and print its answer',
  positional: ['text'],
  input: z.object({
    text: z.string().default('Hello from client').describe('text to send'),
    host: z.string().optional().describe('host name or address of the server (default: the running suite)'),
    port: portOption.optional().describe('port of the server'),
  }),
  example: 'fourwire hello "Good morning"',
  run: async (input, context) => {
    const reply = await sendHello(input, context)
    context.show(reply, reply.text)
  },
})

/** The command `fourwire hello [TEXT]`, for the launcher; programs call `sendHello`. */
export const hello: ClientDefinition = {
  name: 'hello',
  summary: 'send a text to the hello server',
  commands: [command],
}
