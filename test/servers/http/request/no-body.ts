/** The body of a request that has none. */
import { Readable } from 'node:stream'
import type { RequestBody } from '../../../../servers/http/request/request.ts'

export const NO_BODY: RequestBody = { read: async () => Buffer.alloc(0), stream: () => Readable.from([]) }
