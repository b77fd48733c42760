/**
 * `npm run test:scale`: three processes on one PostgreSQL database, with HAProxy in front, are one system. Nothing that they have
 * acknowledged is lost if a process is killed, or PostgreSQL restarts, under load.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { afterAllTests } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { startSecondary, until } from '../interop/daemons.ts'
import { runTool } from '../interop/tools.ts'
import { loginAs, openSession, sendCommand, upload } from '../servers/ftp/sessions.ts'
import { AppClient, signedInClient } from '../servers/http/app/client.ts'
import { CONFIGURATION } from './haproxy.ts'
import { Load, type LoadReport } from './load.ts'
import { fetchMail, followMail, untilReadiness } from './observe.ts'
import { SmtpSender } from './smtp-sender.ts'
import { ACCOUNT, hasTools, openStoreOf, requireTools, type System, startSystem } from './system.ts'

const README = fileURLToPath(new URL('../../README.md', import.meta.url))
/** Answers of each client before, during and after a failure. */
const ANSWERS = 10
const KEY = { name: 'secondaries', secret: 'c2VjcmV0LW9mLWZvdXJ3aXJlLTAxMjM0NTY3ODkwMTI=' }
const ZONE = {
  name: 'example.test',
  text: '$TTL 60\n@ SOA ns host 1 3600 600 86400 5\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n',
  address: '192.0.2.1',
}

test('the README shows the configuration of HAProxy that these tests use', async () => {
  const [readme, configuration] = await Promise.all([readFile(README, 'utf8'), readFile(CONFIGURATION, 'utf8')])
  expect(readme).toContain(`\`\`\`\n${configuration}\`\`\`\n`)
})

describe('three processes share', () => {
  const cleanup = afterAllTests()
  let system: System

  beforeAll(async () => {
    const args = ['--dns-keys', `${KEY.name}:${KEY.secret}`, '--dns-allow-transfer', `key:${KEY.name}`]
    if (hasTools()) system = await startSystem(cleanup, { args, zones: { [ZONE.name]: ZONE.text } })
  })

  test('sessions: an account that signs in at one is signed in at all, directly and through HAProxy', async context => {
    requireTools(context)
    const [one, two, three] = system.processes
    const { cookie } = await signedInClient(one.url, ACCOUNT.name, ACCOUNT.password)
    for (const url of [two.url, three.url, balancerUrl(system), balancerUrl(system), balancerUrl(system)]) {
      const client = new AppClient(url)
      client.cookie = cookie
      expect((await client.get('/api/session')).json).toMatchObject({ account: { name: ACCOUNT.name } })
    }
    const client = new AppClient(two.url)
    client.cookie = cookie
    await client.json('POST', '/api/sign-out', {})
    client.cookie = cookie
    expect((await client.get('/api/session')).status).toBe(401)
  })

  test('notices and mail, which all processes emit as events', async context => {
    requireTools(context)
    const stopped = new AbortController()
    onTestFinished(() => stopped.abort())
    const followers = await Promise.all(system.processes.map(({ url }) => followMail(url, stopped.signal)))
    const sender = new SmtpSender(system.balancer.smtp, `${ACCOUNT.name}@fourwire.test`)
    onTestFinished(() => sender.close())
    expect(await sender.send('for all')).toEqual({ kind: 'acknowledged' })
    await Promise.all(followers.map(follower => follower.until('"subject":"for all"')))

    const poster = await signedInClient(balancerUrl(system), ACCOUNT.name, ACCOUNT.password)
    expect((await poster.json('POST', '/api/notices', { text: 'for all' })).status).toBe(201)
    for (const { url } of system.processes) {
      expect(await (await fetchMail(url, '/mail')).json()).toMatchObject([{ subject: 'for all' }])
      const reader = new AppClient(url)
      reader.cookie = poster.cookie
      expect((await reader.get('/api/notices')).json).toMatchObject({ notices: [{ text: 'for all' }] })
    }
  })

  test('files: all serve what FTP has uploaded through HAProxy to one of them', async context => {
    requireTools(context)
    const ftp = await openSession(system.balancer.ftp, loginAs(ACCOUNT.name, ACCOUNT.password))
    await upload(ftp, 'STOR shared.txt', 'one folder')
    for (const url of [...system.processes.map(process => process.url), balancerUrl(system)]) {
      expect(await (await fetch(new URL('shared.txt', url))).text()).toBe('one folder')
    }
  })

  test('DNS zones: each process has the file, and NSD transfers the zone from one of them', async context => {
    requireTools(context)
    const [primary] = system.processes
    const port = await freePort()
    const secondary = await startSecondary('nsd', port, { port: primary.ports.dns, zone: ZONE.name, key: KEY })
    await until(async () => (await dig(port)) === ZONE.address, secondary.output)
    for (const { ports } of system.processes) expect(await dig(ports.dns)).toBe(ZONE.address)
  })
})

test('a process that is killed under load loses nothing that was acknowledged, and one that starts again takes part', async context => {
  requireTools(context)
  const system = await startSystem(onTestFinished)
  const load = await Load.start(system.balancer)
  await load.untilAcknowledged(ANSWERS)
  await system.processes[1].kill('SIGKILL')
  await load.untilAcknowledged(ANSWERS)
  await system.processes[1].start()
  await untilReadiness(system.processes[1].url, 200)
  await load.untilAcknowledged(ANSWERS)
  const report = await load.stop()
  // The client whose session was on that process.
  expect(report.maxBroken).toBe(1)
  await checkReport(report, system)
})

test('restarts of PostgreSQL under load lose nothing that was acknowledged, and meanwhile clients get 503 and 451', async context => {
  requireTools(context)
  const system = await startSystem(onTestFinished)
  const ftp = await openSession(system.balancer.ftp, loginAs(ACCOUNT.name, ACCOUNT.password))
  const load = await Load.start(system.balancer)
  for (const shutdown of ['fast', 'immediate'] as const) {
    await load.untilAcknowledged(ANSWERS)
    await system.postgres.stop(shutdown)
    await expectReadiness(system, 503)
    await load.untilLater('451', '503')
    expect(await sendCommand(ftp, 'SIZE x.txt')).toMatch(/^451 /)
    expect(await dig(system.processes[2].ports.dns, 'www.fourwire.test')).toBe('127.0.0.1')

    await system.postgres.start()
    await expectReadiness(system, 200)
    expect(await sendCommand(ftp, 'SIZE x.txt')).toMatch(/^550 /)
  }
  await load.untilAcknowledged(ANSWERS)
  await checkReport(await load.stop(), system)
})

/** Waits until each process has this readiness. */
async function expectReadiness({ processes }: System, status: 200 | 503): Promise<void> {
  await Promise.all(processes.map(({ url }) => untilReadiness(url, status)))
}

function balancerUrl({ balancer }: System): string {
  return `http://127.0.0.1:${balancer.http}/`
}

async function dig(port: number, name = 'www.example.test'): Promise<string> {
  const { stdout } = await runTool('dig', ['@127.0.0.1', '-p', String(port), '+tries=1', '+time=20', '+short', name])
  return stdout.trim()
}

/** No client got a wrong answer or lost more than one connection, and everything that was acknowledged is stored. */
async function checkReport({ wrong, maxBroken, acknowledged }: LoadReport, system: System): Promise<void> {
  expect(wrong).toEqual([])
  expect(maxBroken).toBeLessThanOrEqual(1)
  const stored = await storedTexts(system)
  expect(acknowledged.filter(text => !stored.has(text))).toEqual([])
}

async function storedTexts(system: System): Promise<ReadonlySet<string>> {
  const { mail, notices } = await openStoreOf(system, onTestFinished)
  const texts = new Set<string>()
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await mail.list({ limit: 1000, cursor })
    for (const { subject } of page.messages) texts.add(subject)
    cursor = page.next
  }
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await notices.list({ limit: 100, cursor })
    for (const { text } of page.notices) texts.add(text)
    cursor = page.next
  }
  return texts
}
