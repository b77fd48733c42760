import { expect, test } from 'vitest'
import { prepareNotify } from '../../../../servers/dns/notify/notify-message.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { zone } from '../zones.ts'

const notify = prepareNotify(zone(''), undefined, 7, 0)
const query = decodeMessage(notify.bytes)

test.each<[string, Partial<Message>, boolean]>([
  ['the same id, opcode and zone', {}, true],
  ['another id', { id: 8 }, false],
  ['another opcode', { opcode: 'QUERY' }, false],
  ['another zone', { questions: [{ name: 'other', type: 'SOA', class: 'IN' }] }, false],
  ['a query', { response: false }, false],
])('%s: is a response to NOTIFY with %j: %j', (_, change, isResponse) => {
  const bytes = encodeMessage({ ...query, response: true, answers: [], ...change })
  expect(notify.decodeResponse(bytes, 0) !== undefined).toBe(isResponse)
})
