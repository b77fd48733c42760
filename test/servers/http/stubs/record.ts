/** Recorded requests for tests of code that needs no server. */
import type { RequestRecord } from '../../../../servers/http/stubs/received-request.ts'

export function record(given: Partial<RequestRecord> = {}): RequestRecord {
  return {
    method: 'GET',
    path: '/',
    query: '',
    headers: {},
    client: { host: '127.0.0.1', port: 1 },
    time: new Date(0),
    body: Buffer.alloc(0),
    isBodyRecorded: true,
    multipart: undefined,
    exchange: { conversationId: '', text: '' },
    ...given,
  }
}
