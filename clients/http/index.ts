/** The http client: `fourwire http [METHOD] URL`. */
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'
import type { CookieJar } from './exchange/http-request.ts'
import { requestFlags } from './flags.ts'
import { FLAGS_OF_CURL } from './flags-of-curl.ts'
import { rewriteArguments } from './rewrite-arguments.ts'

export type { AddressOverride } from './exchange/address-override.ts'
export type { CookieJar, HttpRequest } from './exchange/http-request.ts'
export type { HttpVersion } from './exchange/observe-socket.ts'
export type { HttpTimings } from './exchange/timings.ts'
export { request } from './request.ts'
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
  input: requestFlags,
  unsupportedFlags: FLAGS_OF_CURL,
  example: 'fourwire http -i http://www.fourwire.test/files/hello.txt',
  run: async (input, context) => {
    const { runRequest } = await import('./command/run-request.ts')
    await runRequest(input, context)
  },
})

/** The command `fourwire http [METHOD] URL`. Programs call `request`. */
export const http: ClientDefinition = {
  name: 'http',
  summary: 'send requests to HTTP servers',
  commands: [requestCommand],
  rewriteArguments,
}
