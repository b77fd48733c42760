import { expect, test } from 'vitest'
import { type SendInput, sendInput } from '../../../clients/smtp/options.ts'
import { checkMessageFlags, parseCredentials, parseDsn, parseEncryption } from '../../../clients/smtp/parse-flags.ts'
import { UsageError } from '../../../shared/errors.ts'

function input(flags: Partial<SendInput>): SendInput {
  return sendInput.parse({ from: 'ann@example.org', to: ['bob@fourwire.test'], ...flags })
}

test.each<Partial<SendInput>>([
  { text: 'Hi' },
  { subject: 'Hi' },
  { attach: ['a'] },
  { html: '<p>' },
  { htmlFile: '-', text: 'Hi', inline: ['logo.png'] },
  { eml: '-', to: undefined, bcc: ['bob@fourwire.test'] },
])('accepts %j', flags => {
  checkMessageFlags(input(flags))
})

test.each<[Partial<SendInput>, string]>([
  [{ text: 'Hi', to: undefined }, 'give a recipient'],
  [{}, 'the message is empty'],
  [{ text: 'Hi', file: 'x' }, '--text and --file exclude each other'],
  [{ html: 'Hi', htmlFile: 'x' }, '--html and --html-file exclude each other'],
  [{ eml: 'x', subject: 'Hi' }, '--eml and --subject exclude each other'],
  [{ eml: 'x', htmlFile: 'y' }, '--eml and --html-file exclude each other'],
  [{ file: '-', htmlFile: '-' }, 'both read standard input'],
  [{ text: 'Hi', inline: ['logo.png'] }, '--inline is an image of the HTML'],
])('rejects %j', (flags, message) => {
  expect(() => checkMessageFlags(input(flags))).toThrow(UsageError)
  expect(() => checkMessageFlags(input(flags))).toThrow(message)
})

test('parses the kind of encryption', () => {
  expect(parseEncryption(input({}))).toBeUndefined()
  expect(parseEncryption(input({ tls: true }))).toBe('implicit')
  expect(parseEncryption(input({ starttls: true }))).toBe('starttls')
  expect(parseEncryption(input({ starttlsIfOffered: true }))).toBe('opportunistic')
  expect(() => parseEncryption(input({ tls: true, starttlsIfOffered: true }))).toThrow(
    '--tls and --starttls-if-offered exclude each other. Give one of them',
  )
})

test('parses user and password, which need each other', () => {
  expect(parseCredentials(input({}))).toBeUndefined()
  expect(parseCredentials(input({ user: 'ann', password: 'x' }))).toEqual({ user: 'ann', password: 'x' })
  expect(() => parseCredentials(input({ user: 'ann' }))).toThrow('--user needs --password')
  expect(() => parseCredentials(input({ password: 'x' }))).toThrow('--password needs --user')
})

test('parses the events of notifications', () => {
  expect(parseDsn(input({}))).toBeUndefined()
  expect(parseDsn(input({ envid: 'a' }))).toEqual({ envid: 'a', ret: undefined, notify: undefined })
  expect(parseDsn(input({ notify: 'never', ret: 'full' }))).toMatchObject({ notify: 'never', ret: 'full' })
  expect(parseDsn(input({ notify: 'DELAY,success' }))).toMatchObject({ notify: ['success', 'delay'] })
})

test.each(['', 'always', 'never,success', 'success,success', 'success, delay'])('rejects the events %j', notify => {
  expect(() => parseDsn(input({ notify }))).toThrow(`--notify: ${JSON.stringify(notify)} is not valid`)
})
