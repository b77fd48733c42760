import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePathArgument } from '../../../../servers/smtp/commands/path.ts'

const parse = (path: string, keyword: 'FROM' | 'TO' = 'TO') => parsePathArgument(`${keyword}:<${path}>`, keyword)

test.each([
  ['bob@fourwire.test', 'bob', 'fourwire.test'],
  ['Bob@FourWire.Test', 'Bob', 'FourWire.Test'],
  ['bob@xn--bcher-kva.test', 'bob', 'xn--bcher-kva.test'],
  ['"john doe"@fourwire.test', '"john doe"', 'fourwire.test'],
  ['"a@b"@fourwire.test', '"a@b"', 'fourwire.test'],
  ['"a\\"b>"@fourwire.test', '"a\\"b>"', 'fourwire.test'],
  ['""@fourwire.test', '""', 'fourwire.test'],
  ["a.b+c!#$%&'*/=?^_`{|}~-@fourwire.test", "a.b+c!#$%&'*/=?^_`{|}~-", 'fourwire.test'],
  ['bob@[127.0.0.1]', 'bob', '[127.0.0.1]'],
  ['bob@[IPv6:::1]', 'bob', '[IPv6:::1]'],
  ['bob@localhost', 'bob', 'localhost'],
  ['bob@1.2', 'bob', '1.2'],
  [`${'x'.repeat(64)}@fourwire.test`, 'x'.repeat(64), 'fourwire.test'],
])('keeps %s as it was sent', (address, localPart, domain) => {
  expect(parse(address)).toEqual({
    mailbox: { address, localPart, domain, isInternational: false },
    parameters: [],
  })
})

test.each([
  ['a,b@fourwire.test'],
  ['(a)@fourwire.test'],
  ['"a"b@fourwire.test'],
  ['a@-x.test'],
  ['a@x-.test'],
  ['a@x..test'],
  ['a@x.test.'],
  ['.a@x.test'],
  ['a.@x.test'],
  ['a..b@x.test'],
  ['a b@x.test'],
  ['@x.test'],
  ['a@'],
  ['a'],
  [''],
  ['a@x_y.test'],
  ['a@[127.0.0.256]'],
  ['a@[::1]'],
  ['a@[IPv6:127.0.0.1]'],
  ['a@[IPv6:fe80::1%eth0]'],
  ['"a\x01"@x.test'],
  ['a\u200bb@x.test'],
  ['a\u202eb@x.test'],
  [`a@${'x'.repeat(64)}.test`],
])('refuses the recipient %j', path => {
  expect(parse(path)).toBe('path')
})

test.each([
  [`${'x'.repeat(65)}@fourwire.test`],
  [`a@${'x.'.repeat(127)}test`],
  [`${'ü'.repeat(33)}@fourwire.test`],
  [`@${'x'.repeat(250)}:a@b.test`],
])('refuses %s for its length', path => {
  expect(parse(path)).toBe('length')
})

test('the null path is a sender and not a recipient, the postmaster without a domain the reverse', () => {
  expect(parse('', 'FROM')).toEqual({ mailbox: undefined, parameters: [] })
  expect(parse('', 'TO')).toBe('path')
  expect(parse('PostMaster', 'TO')).toMatchObject({ mailbox: { address: 'PostMaster', domain: undefined } })
  expect(parse('postmaster', 'FROM')).toBe('path')
})

test('ignores a source route (RFC 5321, appendix C)', () => {
  expect(parse('@a.test,@b.test:bob@c.test')).toMatchObject({ mailbox: { address: 'bob@c.test' } })
})

test('marks addresses that need SMTPUTF8', () => {
  expect(parse('bücher@fourwire.test')).toMatchObject({ mailbox: { isInternational: true } })
  expect(parse('bob@bücher.test')).toMatchObject({ mailbox: { isInternational: true, domain: 'bücher.test' } })
})

test.each([
  ['FROM:<a@b.test> SIZE=10 body=8bitmime SMTPUTF8', [['SIZE', '10'], ['BODY', '8bitmime'], ['SMTPUTF8']]],
  ['from: <a@b.test>', []],
  ['FROM:<a@b.test>   X-A=b=c', undefined],
  ['FROM:<a@b.test> =1', undefined],
  ['FROM:<a@b.test> A=', undefined],
  ['FROM:<a@b.test>SIZE=1', undefined],
  ['FROM:<a@b.test', undefined],
  ['FROM:a@b.test', undefined],
  ['FROM <a@b.test>', undefined],
  ['TO:<a@b.test>', undefined],
  ['', undefined],
])('parses the parameters of %s', (argument, expected) => {
  const result = parsePathArgument(argument, 'FROM')
  if (!expected) expect(result).toBe('syntax')
  else expect(result).toMatchObject({ parameters: expected.map(([keyword, value]) => ({ keyword, value })) })
})

test('never throws, and returns what was sent', () => {
  const argument = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^FROM:<["\\@.a<>\u00fc ]{0,20}>( [A-Z=0-9]{0,9})*$/),
  )
  fc.assert(
    fc.property(argument, text => {
      const result = parsePathArgument(text, 'FROM')
      if (typeof result === 'string') return
      const { mailbox, parameters } = result
      if (mailbox) {
        expect(text).toContain(`${mailbox.address}>`)
        expect(mailbox.address).toBe(`${mailbox.localPart}@${mailbox.domain}`)
      }
      for (const { keyword } of parameters) expect(text.toUpperCase()).toContain(keyword)
    }),
    { numRuns: 2000 },
  )
})

const label = fc.stringMatching(/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?$/)
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map(labels => labels.join('.'))
const atom = fc.stringMatching(/^[\w!#$%&'*+/=?^`{|}~-]{1,10}$/)
const dotString = fc.array(atom, { minLength: 1, maxLength: 3 }).map(atoms => atoms.join('.'))
const quotedString = fc.stringMatching(/^(?:[ !#-[\]-~]|\\[ -~]){0,20}$/).map(text => `"${text}"`)

test('accepts every address of the grammar unchanged (RFC 5321, section 4.1.2)', () => {
  fc.assert(
    fc.property(fc.oneof(dotString, quotedString), domain, (localPart, host) => {
      const address = `${localPart}@${host}`
      expect(parse(address)).toMatchObject({ mailbox: { address, localPart, domain: host } })
    }),
    { numRuns: 2000 },
  )
})
