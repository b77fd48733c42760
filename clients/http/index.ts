/** The http client: `fourwire http [METHOD] URL`. */
import * as z from 'zod'
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'
import type { CookieJar } from './request.ts'

export { type CookieJar, type HttpRequest, request } from './request.ts'
export { HttpResponse } from './response.ts'

/** Returns an empty jar in memory, for the option `cookies` of `request`. */
export async function createCookieJar(): Promise<CookieJar> {
  const { SerializableCookieJar } = await import('./cookies/jar.ts')
  return new SerializableCookieJar()
}

const requestCommand = defineCommand({
  name: '',
  summary: 'send a request over HTTP or HTTPS and print the body of the response',
  positional: ['request'],
  input: z.object({
    request: z
      .array(z.string())
      .min(1, 'give [METHOD] URL')
      .describe('[METHOD] URL, such as PUT http://127.0.0.1:8080/x'),
    header: z
      .array(z.string())
      .default([])
      .describe("header field to send, such as 'Accept: text/plain' (repeatable)")
      .meta({ flag: '-H, --header', placeholder: 'FIELD' }),
    body: z
      .string()
      .optional()
      .describe('body to send: TEXT, @FILE, or @- for standard input; the default method becomes POST')
      .meta({ flag: '-d, --body', placeholder: 'BODY' }),
    form: z
      .boolean()
      .default(false)
      .describe('send the body as a form: application/x-www-form-urlencoded')
      .meta({ flag: '-f, --form' }),
    include: z
      .boolean()
      .default(false)
      .describe('print the status line and header fields too')
      .meta({ flag: '-i, --include' }),
    output: z
      .string()
      .optional()
      .describe('write the body to FILE')
      .meta({ flag: '-o, --output', placeholder: 'FILE' }),
    follow: z.boolean().default(false).describe('follow redirects').meta({ flag: '-L, --follow' }),
    session: z
      .string()
      .optional()
      .describe('keep cookies in FILE, and send those that match; created if it does not exist')
      .meta({ placeholder: 'FILE' }),
    cacert: z
      .string()
      .optional()
      .describe("authorities to trust for https, a PEM file (default: the running suite's and the system's)")
      .meta({ placeholder: 'FILE' }),
    insecure: z
      .boolean()
      .default(false)
      .describe('do not verify the certificate of an https server')
      .meta({ flag: '-k, --insecure' }),
  }),
  example: 'fourwire http -i http://www.fourwire.test/files/hello.txt',
  run: async (input, context) => {
    const { runRequest } = await import('./command.ts')
    await runRequest(input, context)
  },
})

/** The command `fourwire http [METHOD] URL`. Programs call `request`. */
export const http: ClientDefinition = {
  name: 'http',
  summary: 'send requests to HTTP servers',
  commands: [requestCommand],
}
