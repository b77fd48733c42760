import { expect, test } from 'vitest'
import { IncomingMessage } from '../../../../servers/smtp/message/incoming-message.ts'
import { MessageBudget } from '../../../../servers/smtp/message/message-budget.ts'

const HEADER = Buffer.from('Received: x\r\n')
const CONTENT = Buffer.from('Subject: y\r\n\r\nHi\r\n')

function receive(budget: MessageBudget): IncomingMessage {
  const message = new IncomingMessage(budget, { maxSize: 1000, dotStuffed: true })
  expect(message.read(Buffer.concat([CONTENT, Buffer.from('.\r\n')]))).toBe(CONTENT.length + 3)
  return message
}

test('a message is returned after a header', () => {
  const message = receive(new MessageBudget(10_000))
  expect(message.takeContent(HEADER)).toEqual(Buffer.concat([HEADER, CONTENT]))
  expect(message.rejection).toBeUndefined()
})

test('a message is not returned if there is no memory for the copy; it is freed when it is closed', () => {
  // A message of this size is read into one block of 4096 bytes.
  const budget = new MessageBudget(4100)
  const message = receive(budget)
  expect(message.takeContent(HEADER)).toBeUndefined()
  message.close()
  expect(budget.open().reserve(4100)).toBe(true)
})
