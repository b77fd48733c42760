import { expect, test } from 'vitest'
import { parseMailParameters, parseRcptParameters } from '../../../../servers/smtp/commands/parameters.ts'
import { parsePathArgument } from '../../../../servers/smtp/commands/path.ts'

function parametersOf(text: string) {
  const path = parsePathArgument(`FROM:<a@b.test> ${text}`, 'FROM')
  if (typeof path === 'string') throw new Error(path)
  return path.parameters
}

const mail = (text: string) => parseMailParameters(parametersOf(text))
const rcpt = (text: string) => parseRcptParameters(parametersOf(text))

test.each([
  ['', {}],
  ['SIZE=31', { size: 31 }],
  ['body=8bitmime', { body: '8BITMIME' }],
  ['BODY=7BIT SMTPUTF8', { body: '7BIT', smtputf8: true }],
  ['RET=hdrs ENVID=a+2Bb+20c', { ret: 'HDRS', envid: 'a+b c' }],
  ['AUTH=<>', {}],
])('accepts MAIL parameters: %s', (text, expected) => {
  expect(mail(text)).toEqual(expected)
})

test.each([
  ['NOTIFY=never', { notify: ['NEVER'] }],
  ['NOTIFY=SUCCESS,delay,FAILURE', { notify: ['SUCCESS', 'DELAY', 'FAILURE'] }],
  ['ORCPT=rfc822;bob+40b.test', { orcpt: 'rfc822;bob@b.test' }],
])('accepts RCPT parameters: %s', (text, expected) => {
  expect(rcpt(text)).toEqual(expected)
})

test.each([
  'SIZE',
  'SIZE=+31',
  'SIZE=0x10',
  'SIZE=123456789012345678901',
  'BODY',
  'BODY=BINARYMIME',
  'SMTPUTF8=yes',
  'RET=BODY',
  'ENVID=a+2b',
  'ENVID=a+0Ab',
  `ENVID=${'x'.repeat(101)}`,
  'SIZE=1 SIZE=1',
  'AUTH',
])('rejects the value of %s with 501', text => {
  const [keyword] = text.split('=')
  expect(mail(text)).toEqual({ code: 501, text: `5.5.4 Invalid value of the parameter ${keyword}` })
})

test.each([
  'NOTIFY',
  'NOTIFY=',
  'NOTIFY=NEVER,SUCCESS',
  'NOTIFY=SUCCESS,SUCCESS',
  'NOTIFY=SOON',
  'ORCPT=bob',
  'ORCPT=;bob',
  'ORCPT=rfc822;',
  'ORCPT=rfc822;a+0D',
  `ORCPT=rfc822;${'x'.repeat(500)}`,
])('rejects the value of %s with 501', text => {
  const path = parsePathArgument(`TO:<a@b.test> ${text}`, 'TO')
  if (typeof path === 'string') expect(path).toBe('syntax')
  else expect(parseRcptParameters(path.parameters)).toMatchObject({ code: 501 })
})

test('rejects unknown parameters with 555, also names that objects have', () => {
  expect(mail('COLOUR=blue')).toEqual({ code: 555, text: '5.5.4 The parameter COLOUR is not implemented' })
  expect(mail('CONSTRUCTOR')).toMatchObject({ code: 555 })
  expect(mail('NOTIFY=NEVER')).toMatchObject({ code: 555 })
  expect(rcpt('SIZE=1')).toMatchObject({ code: 555 })
})
