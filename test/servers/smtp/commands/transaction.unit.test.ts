import { expect, test } from 'vitest'
import { Transaction } from '../../../../servers/smtp/commands/transaction.ts'

const start = () => new Transaction({ maxSize: 100, maxRecipients: 2, checkRecipient: () => undefined })

test('has no sender and no recipients before MAIL, and after RSET', async () => {
  const transaction = start()
  expect(transaction.envelope).toEqual({ from: '', to: [] })
  transaction.mail('FROM:<ann@x.test>')
  await transaction.rcpt('TO:<bob@x.test>')
  expect(transaction.envelope).toEqual({ from: 'ann@x.test', to: ['bob@x.test'] })
  transaction.reset()
  expect(transaction.envelope).toEqual({ from: '', to: [] })
})

test('a recipient that is named again gets the new parameters, also at the bound of recipients', async () => {
  const transaction = start()
  transaction.mail('FROM:<>')
  for (const recipient of ['<bob@x.test>', '<Bob@x.test>', '<bob@x.test> NOTIFY=NEVER']) {
    expect(await transaction.rcpt(`TO:${recipient}`)).toMatchObject({ code: 250 })
  }
  expect(await transaction.rcpt('TO:<eve@x.test>')).toMatchObject({ code: 452 })
  expect(await transaction.rcpt('TO:<>')).toMatchObject({ code: 553 })
  expect(transaction.envelope.to).toEqual(['bob@x.test', 'Bob@x.test'])
  expect(transaction.recipientParameters).toEqual([{ notify: ['NEVER'] }, {}])
})
