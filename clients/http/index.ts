/** The http client: `fourwire http [METHOD] URL`. */
import * as z from 'zod'
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'

export { HttpReply } from './reply.ts'
export { type HttpRequest, request } from './request.ts'

const requestCommand = defineCommand({
  name: '',
  summary: 'send a request over HTTP and print the body of the answer',
  positional: ['request'],
  input: z.object({
    request: z
      .array(z.string())
      .min(1, 'give [METHOD] URL')
      .describe('[METHOD] URL, as in: PUT http://127.0.0.1:8080/x'),
    header: z
      .array(z.string())
      .default([])
      .describe("a header field, as in 'Accept: text/plain' (repeatable)")
      .meta({ flag: '-H, --header', placeholder: 'FIELD' }),
    body: z
      .string()
      .optional()
      .describe('the body to send: TEXT, @FILE, or @- for standard input; makes the method POST')
      .meta({ flag: '-d, --body', placeholder: 'BODY' }),
    include: z
      .boolean()
      .default(false)
      .describe('print the status line and the header fields too')
      .meta({ flag: '-i, --include' }),
    output: z
      .string()
      .optional()
      .describe('write the body to FILE')
      .meta({ flag: '-o, --output', placeholder: 'FILE' }),
    follow: z.boolean().default(false).describe('go where redirects lead').meta({ flag: '-L, --follow' }),
  }),
  example: 'fourwire http -i http://www.fourwire.test/files/hello.txt',
  run: async (input, context) => {
    const { runRequest } = await import('./command.ts')
    await runRequest(input, context)
  },
})

/** The command `fourwire http [METHOD] URL`, for the launcher; programs call `request`. */
export const http: ClientDefinition = {
  name: 'http',
  summary: 'ask an HTTP server for something',
  commands: [requestCommand],
}
