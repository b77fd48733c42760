/** The types and values of a suite with TLS. */
import { expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { startSuite, type Tls } from '../../../../shared/launcher/index.ts'

test('with tls: true, the authority and the ports for TLS are there, and not possibly undefined', async () => {
  const suite = await startSuite({ services: ['ftp', 'hello'], tls: true })
  onTestFinished(() => suite.close())
  expectTypeOf(suite.tls.ca).toEqualTypeOf<string>()
  expectTypeOf(suite.ftp.tlsPort).toEqualTypeOf<number>()
  expect(suite.tls.ca).toContain('BEGIN CERTIFICATE')
  expect(suite.ftp.tlsPort).toBe(suite.ftp.endpoints.find(({ transport }) => transport === 'tls')?.port)
  // This protocol has no port for TLS.
  expectTypeOf(suite.hello.tlsPort).toEqualTypeOf<number | undefined>()
  expect(suite.hello.tlsPort).toBeUndefined()
})

test('without TLS, there are none', async () => {
  const suite = await startSuite({ services: ['ftp'] })
  onTestFinished(() => suite.close())
  expectTypeOf(suite.tls).toEqualTypeOf<Tls | undefined>()
  expectTypeOf(suite.ftp.tlsPort).toEqualTypeOf<number | undefined>()
  expect([suite.tls, suite.ftp.tlsPort]).toEqual([undefined, undefined])
})

test('a certificate of the user has no authority that the suite knows', async () => {
  const starting = startSuite({ services: ['ftp'], tls: true, tlsCert: 'missing.pem', tlsKey: 'missing.pem' })
  const authority = starting.then(({ tls }) => tls?.ca)
  expectTypeOf(authority).resolves.toEqualTypeOf<string | undefined>()
  await expect(authority).rejects.toThrow('tlsCert: cannot read missing.pem')
})
