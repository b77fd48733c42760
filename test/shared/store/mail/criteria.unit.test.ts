import { expect, test } from 'vitest'
import { MailTimeoutError } from '../../../../shared/store/mail/mail-timeout-error.ts'
import { mailboxOwner } from '../../../../shared/store/mail/mailbox-name.ts'
import { describeCriteria, findDifferences } from '../../../../shared/store/mail/message-criteria.ts'

const MESSAGE = {
  envelope: { from: 'App@x.test', to: ['alice@x.test', 'bob@x.test'] },
  from: 'The App <noreply@x.test>',
  subject: 'Hello World',
  text: 'Some text',
}

test.each([
  [{}, []],
  [{ from: 'app@', to: 'BOB', subject: 'World', text: 'text' }, []],
  [{ from: 'noreply' }, []],
  [{ from: /^App/, to: /^bob@/g, subject: /world/i }, []],
  [{ from: 'eve' }, ['from "App@x.test", "The App <noreply@x.test>" does not contain "eve"']],
  [{ to: /eve/ }, ['to "alice@x.test", "bob@x.test" does not match /eve/']],
  [{ subject: 'world' }, ['subject "Hello World" does not contain "world"']],
  [
    { text: 'none', to: 'eve' },
    ['to "alice@x.test", "bob@x.test" does not contain "eve"', 'text "Some text" does not contain "none"'],
  ],
])('a message differs from %j in %j', (criteria, differences) => {
  expect(findDifferences(MESSAGE, criteria)).toEqual(differences)
})

test('a regular expression with the flag g matches again', () => {
  const criteria = { subject: /Hello/g }
  expect([findDifferences(MESSAGE, criteria), findDifferences(MESSAGE, criteria)]).toEqual([[], []])
})

test('a long value is quoted in part, and a message without recipients has nothing', () => {
  const long = { ...MESSAGE, envelope: { from: '', to: [] }, text: 'x'.repeat(100) }
  expect(findDifferences(long, { to: 'a', text: 'y' })).toEqual([
    'to nothing does not contain "a"',
    `text "${'x'.repeat(80)}..." does not contain "y"`,
  ])
  expect(findDifferences({ ...MESSAGE, text: undefined }, { text: 'y' })).toEqual(['text "" does not contain "y"'])
})

test('an error lists the last 20 messages', () => {
  const messages = Array.from({ length: 25 }, (_, index) => ({ ...MESSAGE, subject: `#${index}`, differences: [] }))
  const lines = new MailTimeoutError(describeCriteria({}), 7, messages).message.split('\n')
  expect(lines).toHaveLength(21)
  expect([lines[0], lines[1], lines[20]]).toEqual([
    'any message did not arrive in 7 ms. Messages that arrived: 25 (the last 20)',
    '  - from <App@x.test> to <alice@x.test>, <bob@x.test>, subject "#5"',
    '  - from <App@x.test> to <alice@x.test>, <bob@x.test>, subject "#24"',
  ])
})

test.each([
  ['alice@x.test', 'alice'],
  ['a@b@x.test', 'a@b'],
  ['postmaster', 'postmaster'],
])('the owner of the mailbox %s is %s', (mailbox, owner) => expect(mailboxOwner(mailbox)).toBe(owner))
