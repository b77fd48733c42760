/** The address in the reply to PASV with `passiveHost`. A header of the PROXY protocol makes clients of other networks. */
import { expect, test } from 'vitest'
import { PassiveHost } from '../../../../servers/ftp/data-connection/passive-host.ts'
import { proxyLine } from '../../../helpers/balancer.ts'
import { Wire } from '../../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, openSession, sendCommand } from '../sessions.ts'

/** An address of documentation (RFC 5737), so that no interface has its network. */
const FAR = '203.0.113.9'

/** Starts a suite; returns a session as a client of another network. */
async function farSession(passiveHost: string): Promise<Wire> {
  const { port } = await ftpSuite({ proxyFrom: ['127.0.0.1'], ftp: { passiveHost } })
  const wire = await Wire.connect(port)
  wire.send(proxyLine(FAR, '127.0.0.1', [50_000, 21]))
  await wire.play(ANONYMOUS_LOGIN)
  return wire
}

test('a client of another network gets the passive host, and EPSV has no address', async () => {
  const wire = await farSession('198.51.100.7')
  await wire.play(`
    C: PASV
    S: 227 Entering Passive Mode (198,51,100,7,*)
    C: EPSV
    S: 229 Entering Extended Passive Mode (|||*|)
  `)
})

test('a name is looked up', async () => {
  const wire = await farSession('localhost')
  expect(await sendCommand(wire, 'PASV')).toMatch(/^227 .*\(127,0,0,1,\d+,\d+\)$/)
})

test('a name that has no address is a 425, and the session continues', async () => {
  const wire = await farSession('missing.invalid')
  await wire.play(`
    C: PASV
    S: 425 The address of this server is not known yet; use EPSV
    C: EPSV
    S: 229 *
  `)
})

test('a client on this machine gets the address of the control connection', async () => {
  const { port } = await ftpSuite({ ftp: { passiveHost: '198.51.100.7' } })
  const wire = await openSession(port)
  expect(await sendCommand(wire, 'PASV')).toMatch(/^227 .*\(127,0,0,1,\d+,\d+\)$/)
})

test.each(['2001:db8::1', 'ftp://x', '300.1.1.1'])('%s is refused at start', async passiveHost => {
  await expect(ftpSuite({ ftp: { passiveHost } })).rejects.toThrow(
    `must be an IPv4 address or a host name, because the reply to PASV can have no other address`,
  )
})

/** A host whose lookups the test answers, and whose clock it sets. */
function hostWithLookups() {
  const lookups: { resolve(address: string): void; reject(error: Error): void }[] = []
  const time = { ms: 0 }
  const host = new PassiveHost({
    host: 'ftp.example.org',
    lookup: () => new Promise((resolve, reject) => lookups.push({ resolve, reject })),
    now: () => time.ms,
  })
  return { host, lookups, time }
}

test('sessions share a lookup, and the name is looked up again after a minute', async () => {
  const { host, lookups, time } = hostWithLookups()
  const addresses = [host.addressFor(FAR), host.addressFor(FAR)]
  lookups[0]?.resolve('198.51.100.1')
  expect(await Promise.all(addresses)).toEqual(['198.51.100.1', '198.51.100.1'])
  time.ms = 59_999
  expect(await host.addressFor(FAR)).toBe('198.51.100.1')
  expect(lookups).toHaveLength(1)
  time.ms = 60_000
  const later = host.addressFor(FAR)
  lookups[1]?.resolve('198.51.100.2')
  expect(await later).toBe('198.51.100.2')
  expect(lookups).toHaveLength(2)
})

test('if a lookup fails or takes too long, the last address stays', async () => {
  const { host, lookups, time } = hostWithLookups()
  const first = host.addressFor(FAR)
  lookups[0]?.reject(new Error('ENOTFOUND'))
  await expect(first).rejects.toThrow('not known yet')
  const second = host.addressFor(FAR)
  lookups[1]?.resolve('198.51.100.1')
  expect(await second).toBe('198.51.100.1')
  time.ms = 60_000
  const third = host.addressFor(FAR)
  lookups[2]?.reject(new Error('EAI_AGAIN'))
  expect(await third).toBe('198.51.100.1')
  // This lookup never ends.
  expect(await host.addressFor(FAR)).toBe('198.51.100.1')
  expect(lookups).toHaveLength(4)
})
