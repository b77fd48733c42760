/** Checks the members of nodemailer that its adapter relies on; `tls.e2e.test.ts` checks the behaviour. */
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }

test('nodemailer is pinned to one version, because the adapter relies on private members', () => {
  expect(packageJson.dependencies.nodemailer).toMatch(/^\d+\.\d+\.\d+$/)
})

test('SMTPConnection upgrades its connection in a method', () => {
  expect(SMTPConnection.prototype).toHaveProperty('_upgradeConnection', expect.any(Function))
})

test.each([
  ['_socket', false],
  ['_supportedExtensions', []],
  ['allowsAuth', false],
  ['secure', false],
])('SMTPConnection has the property %s', (name, value) => {
  expect(new SMTPConnection()).toHaveProperty(name, value)
})
