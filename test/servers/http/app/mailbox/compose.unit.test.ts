import { describe, expect, test } from 'vitest'
import { submissionEndpoint } from '../../../../../servers/http/app/mailbox/compose/endpoint.ts'
import { formatRecipient, parseRecipients } from '../../../../../servers/http/app/mailbox/compose/recipients.ts'
import { submissionProblem } from '../../../../../servers/http/app/mailbox/compose/refusal.ts'
import { draftReply, replySubject, threadOf } from '../../../../../servers/http/app/mailbox/compose/reply.ts'
import { SubmissionError } from '../../../../../servers/http/app/mailbox/compose/session.ts'
import type { Endpoint } from '../../../../../shared/endpoint.ts'
import type { MailAddress } from '../../../../../shared/store/mail/parse/parsed-message.ts'

describe('recipients', () => {
  test.each([
    ['ann@x.test', [{ name: '', address: 'ann@x.test' }]],
    ['Ann <ann@x.test>', [{ name: 'Ann', address: 'ann@x.test' }]],
    [
      '"Ann, the first" <ann@x.test>, ben@x.test,',
      [
        { name: 'Ann, the first', address: 'ann@x.test' },
        { name: '', address: 'ben@x.test' },
      ],
    ],
    [' , ', []],
    ['jörg@müller.test', [{ name: '', address: 'jörg@müller.test' }]],
  ])('%j is parsed', (text, expected) => expect(parseRecipients('To', text)).toEqual(expected))

  test.each(['nonsense', 'Ann <ann>', 'ann@x.test, nonsense', '<>', 'ann@'])('%j is refused, and quoted', text => {
    expect(() => parseRecipients('To', text)).toThrow(/^400: To: ".*" is not a mail address\. Separate addresses/)
  })

  test.each([
    [{ name: '', address: 'ann@x.test' }, 'ann@x.test'],
    [{ name: 'Ann Lee', address: 'ann@x.test' }, 'Ann Lee <ann@x.test>'],
    [{ name: 'Lee, "A" \\', address: 'ann@x.test' }, '"Lee, \\"A\\" \\\\" <ann@x.test>'],
    [{ name: 'a\r\nb', address: 'ann@x.test' }, 'a  b <ann@x.test>'],
  ])('%j is formatted as %j', (address, expected) => expect(formatRecipient(address)).toBe(expected))

  test('what is formatted is parsed to the same', () => {
    const address = { name: 'Lee, "A" <x@y.test>', address: 'ann@x.test' }
    expect(parseRecipients('To', formatRecipient(address))).toEqual([address])
  })
})

describe('reply', () => {
  test.each([
    ['lunch', 'Re: lunch'],
    ['Re: lunch', 'Re: lunch'],
    ['RE: lunch', 'RE: lunch'],
    ['', 'Re: '],
    ['a\r\nb', 'Re: a  b'],
  ])('to %j has the subject %j', (subject, expected) => expect(replySubject(subject)).toBe(expected))

  const field = (name: string, value: string) => ({ name, value })
  const many = Array.from({ length: 30 }, (_, index) => `<${index}@x>`)

  test.each([
    ['nothing', [], {}],
    ['an invalid Message-ID', [field('Message-ID', 'x')], {}],
    ['a Message-ID', [field('message-id', '<a@x>')], { inReplyTo: '<a@x>', references: ['<a@x>'] }],
    [
      'References',
      [field('References', '<a@x>\r\n <b@x>'), field('Message-ID', '<c@x>')],
      { inReplyTo: '<c@x>', references: ['<a@x>', '<b@x>', '<c@x>'] },
    ],
    [
      'In-Reply-To alone',
      [field('In-Reply-To', '<a@x> <b@x>'), field('Message-ID', '<c@x>')],
      { inReplyTo: '<c@x>', references: ['<a@x>', '<c@x>'] },
    ],
    [
      'many References',
      [field('References', many.join(' ')), field('Message-ID', '<c@x>')],
      { inReplyTo: '<c@x>', references: ['<0@x>', ...many.slice(-18), '<c@x>'] },
    ],
  ])('to a message with %s', (_, headers, expected) => expect(threadOf(headers)).toEqual(expected))

  function draft(from: MailAddress[], replyTo: MailAddress[], envelopeFrom: string, text = 'x', author = '') {
    const envelope = { from: envelopeFrom, to: [] }
    const receivedAt = new Date('2026-11-28T11:35:56Z')
    const message = { id: 'x', receivedAt, envelope, size: 1, subject: 's', from: author, seen: true }
    const view = {
      headers: [],
      addresses: { from, to: [], cc: [], replyTo },
      text,
      links: [],
      attachments: [],
      truncated: false,
    }
    return draftReply({ message: { ...message, parameters: {}, recipientParameters: [] }, view })
  }
  const ann = { name: 'Ann', address: 'ann@x.test' }
  const ben = { name: '', address: 'ben@x.test' }

  test.each([
    ['the author', [ann], [], 'Ann <ann@x.test>'],
    ['Reply-To', [ann], [ben, ann], 'ben@x.test, Ann <ann@x.test>'],
    ['the sender of the envelope if there is no author', [], [], 'envelope@x.test'],
    ['the sender of the envelope if the author is not an address', [{ name: '', address: 'x' }], [], 'envelope@x.test'],
  ])('goes to %s', (_, from, replyTo, to) => expect(draft(from, replyTo, 'envelope@x.test').to).toBe(to))

  test('to a bounce has no recipient', () =>
    expect(draft([], [], '')).toMatchObject({ to: '', text: expect.stringContaining('somebody wrote') }))

  test('quotes the text', () => {
    expect(draft([ann], [], '', 'one\r\n> two\n\nthree', 'Ann <ann@x.test>').text).toBe(
      '\n\nOn 2026-11-28 11:35 UTC, Ann <ann@x.test> wrote:\n> one\n>> two\n> \n> three',
    )
  })

  test('quotes the beginning of a long text', () => {
    expect(draft([ann], [], '', 'x'.repeat(100_000)).text.length).toBeLessThan(20_100)
  })
})

describe('the endpoint', () => {
  const endpoint = (service: string, transport: Endpoint['transport'], host: string): Endpoint => {
    const scheme = transport === 'tls' ? 'smtps' : 'smtp'
    return { service, scheme, transport, host, port: 1, url: '' }
  }
  const plain = (host: string) => endpoint('smtp', 'tcp', host)
  const tls = (host: string) => endpoint('smtp', 'tls', host)

  test.each([
    ['none without a server', [endpoint('http', 'tcp', '127.0.0.1')], undefined],
    ['the plain one on loopback', [tls('127.0.0.1'), plain('127.0.0.1')], plain('127.0.0.1')],
    ['the one with TLS elsewhere', [plain('192.0.2.1'), tls('192.0.2.1')], tls('192.0.2.1')],
    ['the plain one elsewhere without TLS', [plain('192.0.2.1')], plain('192.0.2.1')],
    ['loopback for every IPv4 address', [plain('0.0.0.0'), tls('0.0.0.0')], plain('127.0.0.1')],
    ['loopback for every address', [plain('::'), tls('::')], plain('::1')],
  ])('is %s', (_, endpoints, expected) => expect(submissionEndpoint(endpoints)).toEqual(expected))
})

describe('a message whose recipients were all refused', () => {
  const refuse = (...replies: string[]) => {
    const rejectedErrors = replies.map(response =>
      Object.assign(new Error('refused'), { recipient: 'bob@x', response }),
    )
    return submissionProblem(new SubmissionError(Object.assign(new Error('refused'), { rejectedErrors }))).status
  }

  test('can be sent later if the server itself had a problem, such as a database that is away', () => {
    expect(refuse('451 4.3.0 The command failed', '451 4.3.0 The command failed')).toBe(503)
  })

  test.each([
    [['452 4.2.2 The mailbox is full']],
    [['550 5.7.1 Relaying denied']],
    [['451 4.3.0 The command failed', '550 5.7.1 Relaying denied']],
  ])('must be changed if a recipient had one: %j', replies => expect(refuse(...replies)).toBe(422))
})
