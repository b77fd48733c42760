/** Forwarding to real name servers, with queries from real clients. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { DnsOptions } from '../../servers/dns/index.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { suiteFor } from '../helpers/suite.ts'
import { startDaemon, startNameServer, until } from './daemons.ts'
import { requireTool, runTool } from './tools.ts'

const OWN_ZONE = {
  origin: 'ours.test',
  text: '@ 60 SOA ns host 1 1h 10m 1w 5\n@ 60 NS ns\nout 60 CNAME alias.example.\n',
}

const serverWith = (dns: Partial<DnsOptions>, more: { tls?: boolean } = {}) =>
  suiteFor({ services: ['dns', 'http'], dns: { publish: false, zones: [OWN_ZONE], ...dns }, ...more })

/** Returns the output of dig or kdig, with single spaces. */
async function lookUp(tool: 'dig' | 'kdig', port: number, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await runTool(tool, ['@127.0.0.1', '-p', `${port}`, ...args])
  return (stdout + stderr).replaceAll(/[ \t]+/g, ' ').trim()
}

const answer = (port: number, ...args: string[]) => lookUp('dig', port, '+noall', '+answer', ...args)

/** Starts dnsmasq; resolves when it responds. */
async function startDnsmasq(port: number, ...args: string[]): Promise<void> {
  const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file', '--user=']
  const listen = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--log-facility=-']
  const { output } = startDaemon('dnsmasq', [...own, ...listen, ...args], await emptyFolder())
  const up = async () => (await lookUp('dig', port, '+tries=1', '+time=1', 'up.example', 'TXT')).includes('status:')
  await until(up, output)
}

const NAMES = [
  ['--host-record=www.example,192.0.2.1,2001:db8::1,300'],
  ['--cname=alias.example,www.example,120'],
  ['--mx-host=example,www.example,10', '--txt-record=text.example,hello,there'],
  ['--address=/gone.example/', '--local=/example/', '--local-ttl=60'],
].flat()

test('forwards to dnsmasq, from clients of every transport', async context => {
  for (const tool of ['dnsmasq', 'dig', 'kdig'] as const) requireTool(tool, context)
  const port = await freePort()
  await startDnsmasq(port, ...NAMES)
  const suite = await serverWith({ forward: [`127.0.0.1:${port}`] }, { tls: true })
  const { port: ownPort } = suite.dns
  expect(await answer(ownPort, 'www.example')).toBe('www.example. 300 IN A 192.0.2.1')
  expect(await answer(ownPort, '+tcp', 'www.example', 'AAAA')).toBe('www.example. 300 IN AAAA 2001:db8::1')
  expect(await answer(ownPort, 'example', 'MX')).toBe('example. 60 IN MX 10 www.example.')
  expect(await answer(ownPort, 'text.example', 'TXT')).toBe('text.example. 60 IN TXT "hello" "there"')
  expect(await answer(ownPort, 'out.ours.test')).toMatch(
    /^out\.ours\.test\. 60 IN CNAME alias\.example\.\nalias\.example\. \d+ IN CNAME www\.example\.\nwww\.example\. \d+ IN A 192\.0\.2\.1$/,
  )
  expect(await lookUp('dig', ownPort, 'gone.example')).toMatch(/status: NXDOMAIN,[\s\S]*flags: qr rd ra;/)
  const secure = suite.endpoints.find(({ service, transport }) => service === 'dns' && transport === 'tls')
  const https = suite.endpoints.find(({ scheme }) => scheme === 'https')
  expect(await lookUp('kdig', secure?.port ?? 0, '+tls', '+short', 'www.example')).toBe('192.0.2.1')
  expect(await lookUp('kdig', https?.port ?? 0, '+https', '+short', 'www.example')).toBe('192.0.2.1')
})

const NSD_ZONE = `$TTL 60
@ SOA ns host 1 3600 600 86400 30
@ NS ns
ns A 127.0.0.1
www A 192.0.2.7
away CNAME www.ours.test.
inside CNAME www
*.wild TXT "any"
old DNAME new
x.new A 192.0.2.8
sub NS ns.elsewhere.example.
`

test('forwards the names of one domain to NSD, an authoritative server', async context => {
  for (const tool of ['nsd', 'dig'] as const) requireTool(tool, context)
  const [folder, port] = [await emptyFolder(), await freePort()]
  await writeFile(path.join(folder, 'corp.zone'), NSD_ZONE)
  const sections = 'zone:\n  name: "corp.example"\n  zonefile: "corp.zone"\n'
  const { output } = await startNameServer('nsd', { folder, port }, { sections })
  const up = async () => (await answer(port, '+tries=1', '+time=1', 'www.corp.example')).includes('192.0.2.7')
  await until(up, output)
  const zones = [{ ...OWN_ZONE, text: `${OWN_ZONE.text}www 60 A 192.0.2.9\n` }]
  const suite = await serverWith({ forward: [`/corp.example/127.0.0.1:${port}`], zones })
  const { port: ownPort } = suite.dns
  const rows: readonly [question: string, answer: string][] = [
    ['www.corp.example', 'www.corp.example. 60 IN A 192.0.2.7'],
    ['inside.corp.example', 'inside.corp.example. 60 IN CNAME www.corp.example.\nwww.corp.example. 60 IN A 192.0.2.7'],
    ['away.corp.example', 'away.corp.example. 60 IN CNAME www.ours.test.\nwww.ours.test. 60 IN A 192.0.2.9'],
    ['a.wild.corp.example TXT', 'a.wild.corp.example. 60 IN TXT "any"'],
    [
      'x.old.corp.example',
      'old.corp.example. 60 IN DNAME new.corp.example.\nx.old.corp.example. 60 IN CNAME x.new.corp.example.\nx.new.corp.example. 60 IN A 192.0.2.8',
    ],
  ]
  for (const [question, expected] of rows) expect(await answer(ownPort, ...question.split(' '))).toBe(expected)
  expect(await lookUp('dig', ownPort, 'none.corp.example')).toMatch(/status: NXDOMAIN,[\s\S]*corp\.example\. 30 IN SOA/)
  // NSD responds with a referral, and does not recurse.
  expect(await lookUp('dig', ownPort, 'x.sub.corp.example')).toContain('status: SERVFAIL')
  expect(await lookUp('dig', ownPort, 'www.example')).toContain('status: REFUSED')
})

test('ends a loop with a dnsmasq that forwards back', async context => {
  for (const tool of ['dnsmasq', 'dig'] as const) requireTool(tool, context)
  const port = await freePort()
  const suite = await serverWith({ forward: [`127.0.0.1:${port}`], forwardTimeout: 1000 })
  await startDnsmasq(port, `--server=127.0.0.1#${suite.dns.port}`, '--txt-record=up.example,up')
  expect(await lookUp('dig', suite.dns.port, '+tries=1', '+time=20', 'www.example')).toContain('status: SERVFAIL')
})

test('is an upstream of dnsmasq', async context => {
  for (const tool of ['dnsmasq', 'dig'] as const) requireTool(tool, context)
  const [port, upstreamPort] = [await freePort(), await freePort()]
  await startDnsmasq(upstreamPort, ...NAMES)
  const suite = await serverWith({ forward: [`127.0.0.1:${upstreamPort}`] })
  await startDnsmasq(port, `--server=127.0.0.1#${suite.dns.port}`, '--txt-record=up.example,up')
  expect(await answer(port, 'out.ours.test')).toContain('www.example. 300 IN A 192.0.2.1')
})
