/** Forwarding to the name servers of others, and asked by the clients of others. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { DnsOptions } from '../../servers/dns/index.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { suiteFor } from '../helpers/suite.ts'
import { startDaemon, startNameServer, until } from './daemons.ts'
import { requireTool, runTool } from './tools.ts'

const OURS = { origin: 'ours.test', text: '@ 60 SOA ns host 1 1h 10m 1w 5\n@ 60 NS ns\nout 60 CNAME alias.example.\n' }

const serverWith = (dns: Partial<DnsOptions>, more: { tls?: boolean } = {}) =>
  suiteFor({ services: ['dns', 'http'], dns: { publish: false, zones: [OURS], ...dns }, ...more })

/** What dig prints, or kdig, its blanks made one. */
async function ask(tool: 'dig' | 'kdig', port: number, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await runTool(tool, ['@127.0.0.1', '-p', `${port}`, ...args])
  return (stdout + stderr).replaceAll(/[ \t]+/g, ' ').trim()
}

const answer = (port: number, ...args: string[]) => ask('dig', port, '+noall', '+answer', ...args)

/** dnsmasq with some names of its own, on a port that is its when this resolves. */
async function dnsmasq(port: number, ...args: string[]): Promise<void> {
  const own = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--pid-file', '--user=']
  const where = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--log-facility=-']
  const { output } = startDaemon('dnsmasq', [...own, ...where, ...args], await emptyFolder())
  const up = async () => (await ask('dig', port, '+tries=1', '+time=1', 'up.example', 'TXT')).includes('status:')
  await until(up, output)
}

const NAMES = [
  ['--host-record=www.example,192.0.2.1,2001:db8::1,300'],
  ['--cname=alias.example,www.example,120'],
  ['--mx-host=example,www.example,10', '--txt-record=text.example,hello,there'],
  ['--address=/gone.example/', '--local=/example/', '--local-ttl=60'],
].flat()

test('dnsmasq is asked, by every transport', async context => {
  for (const tool of ['dnsmasq', 'dig', 'kdig'] as const) requireTool(tool, context)
  const port = await freePort()
  await dnsmasq(port, ...NAMES)
  const suite = await serverWith({ forward: [`127.0.0.1:${port}`] }, { tls: true })
  const ours = suite.dns.port
  expect(await answer(ours, 'www.example')).toBe('www.example. 300 IN A 192.0.2.1')
  expect(await answer(ours, '+tcp', 'www.example', 'AAAA')).toBe('www.example. 300 IN AAAA 2001:db8::1')
  expect(await answer(ours, 'example', 'MX')).toBe('example. 60 IN MX 10 www.example.')
  expect(await answer(ours, 'text.example', 'TXT')).toBe('text.example. 60 IN TXT "hello" "there"')
  expect(await answer(ours, 'out.ours.test')).toMatch(
    /^out\.ours\.test\. 60 IN CNAME alias\.example\.\nalias\.example\. \d+ IN CNAME www\.example\.\nwww\.example\. \d+ IN A 192\.0\.2\.1$/,
  )
  expect(await ask('dig', ours, 'gone.example')).toMatch(/status: NXDOMAIN,[\s\S]*flags: qr rd ra;/)
  const secure = suite.endpoints.find(({ service, transport }) => service === 'dns' && transport === 'tls')
  const https = suite.endpoints.find(({ scheme }) => scheme === 'https')
  expect(await ask('kdig', secure?.port ?? 0, '+tls', '+short', 'www.example')).toBe('192.0.2.1')
  expect(await ask('kdig', https?.port ?? 0, '+https', '+short', 'www.example')).toBe('192.0.2.1')
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

test('an authoritative server is asked about its domain: NSD', async context => {
  for (const tool of ['nsd', 'dig'] as const) requireTool(tool, context)
  const [folder, port] = [await emptyFolder(), await freePort()]
  await writeFile(path.join(folder, 'corp.zone'), NSD_ZONE)
  const sections = 'zone:\n  name: "corp.example"\n  zonefile: "corp.zone"\n'
  const { output } = await startNameServer('nsd', { folder, port }, { sections })
  const up = async () => (await answer(port, '+tries=1', '+time=1', 'www.corp.example')).includes('192.0.2.7')
  await until(up, output)
  const zones = [{ ...OURS, text: `${OURS.text}www 60 A 192.0.2.9\n` }]
  const suite = await serverWith({ forward: [`/corp.example/127.0.0.1:${port}`], zones })
  const ours = suite.dns.port
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
  for (const [question, wanted] of rows) expect(await answer(ours, ...question.split(' '))).toBe(wanted)
  expect(await ask('dig', ours, 'none.corp.example')).toMatch(/status: NXDOMAIN,[\s\S]*corp\.example\. 30 IN SOA/)
  // It hands that part on to another, and asks them for nobody.
  expect(await ask('dig', ours, 'x.sub.corp.example')).toContain('status: SERVFAIL')
  expect(await ask('dig', ours, 'www.example')).toContain('status: REFUSED')
})

test('dnsmasq that forwards to us what we forward to it: the circle ends', async context => {
  for (const tool of ['dnsmasq', 'dig'] as const) requireTool(tool, context)
  const port = await freePort()
  const suite = await serverWith({ forward: [`127.0.0.1:${port}`], forwardTimeout: 1000 })
  await dnsmasq(port, `--server=127.0.0.1#${suite.dns.port}`, '--txt-record=up.example,up')
  expect(await ask('dig', suite.dns.port, '+tries=1', '+time=4', 'www.example')).toContain('status: SERVFAIL')
})

test('dnsmasq asks us', async context => {
  for (const tool of ['dnsmasq', 'dig'] as const) requireTool(tool, context)
  const [port, back] = [await freePort(), await freePort()]
  await dnsmasq(back, ...NAMES)
  const suite = await serverWith({ forward: [`127.0.0.1:${back}`] })
  await dnsmasq(port, `--server=127.0.0.1#${suite.dns.port}`, '--txt-record=up.example,up')
  expect(await answer(port, 'out.ours.test')).toContain('www.example. 300 IN A 192.0.2.1')
})
