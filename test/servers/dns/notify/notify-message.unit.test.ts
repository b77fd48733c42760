import { expect, test } from 'vitest'
import { prepareNotify } from '../../../../servers/dns/notify/notify-message.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { zone } from '../zones.ts'

const asked = prepareNotify(zone(''), undefined, 7, 0)
const query = decodeMessage(asked.bytes)

test.each<[string, Partial<Message>, boolean]>([
  ['what repeats id, opcode and zone', {}, true],
  ['another id', { id: 8 }, false],
  ['another opcode', { opcode: 'QUERY' }, false],
  ['another zone', { questions: [{ name: 'other', type: 'SOA', class: 'IN' }] }, false],
  ['a message that is no response', { response: false }, false],
])('%s: a response to NOTIFY is %j: %j', (_, change, isOne) => {
  const bytes = encodeMessage({ ...query, response: true, answers: [], ...change })
  expect(asked.decodeResponse(bytes, 0) !== undefined).toBe(isOne)
})
