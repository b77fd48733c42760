/** The dns client queries NSD, Knot and dnsmasq, and prints what dig prints. */

import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { query, Resolver, transfer } from '../../clients/dns/index.ts'
import type { DnsRecord } from '../../shared/dns/message.ts'
import { emptyFolder, runInProcess } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { NAME_SERVERS, startDaemon, startNameServer, until } from './daemons.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

const ZONE = 'example.test'
const SECRET = Buffer.from('a secret that both ends share').toString('base64')
const KEY = `hmac-sha256:transfer:${SECRET}`

const ZONE_TEXT = `$ORIGIN ${ZONE}.
$TTL 300
@ SOA ns host 2026010101 3600 600 86400 60
@ NS ns
@ MX 10 mail
@ MX 20 mail.elsewhere.test.
@ TXT "one" "two \\"quoted\\" \\255"
@ CAA 0 issue "ca.test"
ns A 127.0.0.1
www A 192.0.2.1
www AAAA 2001:db8::1
mail A 192.0.2.2
alias CNAME www
_http._tcp SRV 0 5 80 www
www HINFO "PC" "Linux"
sub NS ns.sub
ns.sub A 192.0.2.3
unknown TYPE65280 \\# 3 abcdef
www SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
@ HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1
@ NAPTR 100 10 "S" "SIP+D2U" "" _sip._udp
@ LOC 51 30 12.748 N 0 7 39.612 W 0.00m 1m 10000m 10m
_443._tcp.www TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
${Array.from({ length: 60 }, (_, count) => `many A 198.51.100.${count}`).join('\n')}
`

const CONFIGURATIONS = {
  nsd: () => ({
    server: `
  nsid: "ascii_nsd-here"
  answer-cookie: yes`,
    sections: `
key:
  name: "transfer"
  algorithm: hmac-sha256
  secret: "${SECRET}"
zone:
  name: "${ZONE}"
  zonefile: "${ZONE}.zone"
  provide-xfr: 127.0.0.1 transfer
`,
  }),
  knotd: (folder: string) => ({
    server: '    nsid: "knot-here"',
    sections: `
key:
  - id: transfer
    algorithm: hmac-sha256
    secret: ${SECRET}
acl:
  - id: transfer
    key: transfer
    action: transfer
mod-cookies:
  - id: default
template:
  - id: default
    global-module: mod-cookies/default
zone:
  - domain: ${ZONE}
    storage: "${folder}"
    file: "${ZONE}.zone"
    acl: transfer
`,
  }),
} as const

/** Starts a name server with the zone. Returns its port once it answers. */
async function startServer(tool: (typeof NAME_SERVERS)[number], context: TestContext): Promise<number> {
  requireTool(tool, context)
  const [folder, port] = [await emptyFolder(), await freePort()]
  await writeFile(path.join(folder, `${ZONE}.zone`), ZONE_TEXT)
  const { output } = await startNameServer(tool, { folder, port }, CONFIGURATIONS[tool](folder))
  await until(() => answers(port, ZONE), output)
  return port
}

async function answers(port: number, name: string, type = 'SOA'): Promise<boolean> {
  try {
    const { rcode } = await query({ name, type, server: `127.0.0.1:${port}`, tries: 1 }, { timeout: 1000 })
    return rcode === 'NOERROR'
  } catch {
    return false
  }
}

const fourwire = async (port: number, ...args: string[]) =>
  runInProcess(['dns', ...args, '--server', `127.0.0.1:${port}`], { cwd: await emptyFolder() })

const QUERIES = [
  ...['SOA', 'NS', 'MX', 'TXT', 'CAA', 'HTTPS', 'NAPTR', 'LOC'].map(type => [ZONE, type] as const),
  ...['A', 'AAAA', 'HINFO', 'SSHFP', 'MX'].map(type => [`www.${ZONE}`, type] as const),
  [`alias.${ZONE}`, 'A'],
  [`many.${ZONE}`, 'A'],
  [`_http._tcp.${ZONE}`, 'SRV'],
  [`_443._tcp.www.${ZONE}`, 'TLSA'],
  [`unknown.${ZONE}`, 'TYPE65280'],
] as const

/** Sorts the lines. dig omits zero centimeters in the sizes of LOC; both forms are valid (RFC 1876). */
const sorted = (text: string) => text.replaceAll('.00m', 'm').split('\n').sort()

test.for(NAME_SERVERS)('%s: the client prints what dig prints, for every type', async (tool, context) => {
  requireTool('dig', context)
  const port = await startServer(tool, context)
  for (const [name, type] of QUERIES) {
    const dig = await runTool('dig', ['@127.0.0.1', '-p', String(port), '+short', '+nosplit', name, type])
    const ours = await fourwire(port, name, type, '--short')
    expect(sorted(ours.stdout), `${name} ${type}`).toEqual(sorted(dig.stdout))
  }
})

test.for(NAME_SERVERS)('%s: sends an NSID and a cookie, and preserves case', async (tool, context) => {
  const port = await startServer(tool, context)
  const { stdout } = await fourwire(port, `www.${ZONE}`, `mail.${ZONE}`, '--nsid', '--cookie', '--mix-case', '--dnssec')
  expect(stdout.match(/^; NSID: .*-here"\)$/gm)).toHaveLength(2)
  expect(stdout.match(/^; COOKIE: [\da-f]{48}$/gm)).toHaveLength(2)
  expect(stdout.match(/\(UDP\)$/gm)).toHaveLength(2)
  expect(stdout).toContain(`\nwww.${ZONE}.\t300\tIN\tA\t192.0.2.1\n`)
})

test.for(NAME_SERVERS)('%s: transfers the zone with the key, and refuses without it', async (tool, context) => {
  const port = await startServer(tool, context)
  const server = `127.0.0.1:${port}`
  const records: DnsRecord[] = []
  for await (const part of transfer({ zone: ZONE, server, key: KEY })) records.push(...part.records)
  expect([records[0]?.type, records.at(-1)?.type]).toEqual(['SOA', 'SOA'])
  // The records of the zone, and the SOA again.
  expect(records.length).toBe(ZONE_TEXT.split('\n').filter(line => line !== '' && !line.startsWith('$')).length + 1)
  const refused = await fourwire(port, ZONE, '--axfr')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/REFUSED|NOTAUTH/)
})

test.for(NAME_SERVERS)('%s: a resolver returns addresses, and throws for missing names', async (tool, context) => {
  const resolver = new Resolver({ servers: [`127.0.0.1:${await startServer(tool, context)}`] })
  expect(await resolver.addresses(`alias.${ZONE}`)).toEqual(['192.0.2.1', '2001:db8::1'])
  expect((await resolver.addresses(`many.${ZONE}`)).length).toBe(60)
  expect(await resolver.srv(`_http._tcp.${ZONE}`)).toMatchObject([{ port: 80, target: `www.${ZONE}` }])
  await expect(resolver.addresses(`nope.${ZONE}`)).rejects.toMatchObject({ code: 'NXDOMAIN' })
  await expect(resolver.resolve('elsewhere.test')).rejects.toMatchObject({ code: 'REFUSED' })
})

test('dnsmasq: a resolver returns its records', async context => {
  const tool: Tool = 'dnsmasq'
  requireTool(tool, context)
  const [folder, port] = [await emptyFolder(), await freePort()]
  const records = [
    '--address=/www.lan.test/192.0.2.1',
    '--mx-host=lan.test,mail.lan.test,10',
    '--host-record=mail.lan.test,192.0.2.2',
    '--srv-host=_http._tcp.lan.test,www.lan.test,8080',
    '--txt-record=lan.test,hello',
    '--ptr-record=1.2.0.192.in-addr.arpa,www.lan.test',
    '--cname=alias.lan.test,mail.lan.test',
  ]
  const args = [
    '--keep-in-foreground',
    '--no-resolv',
    '--no-hosts',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--bind-interfaces',
  ]
  const { output } = startDaemon(
    tool,
    [...args, '--listen-address=127.0.0.1', `--port=${port}`, '--user=', ...records],
    folder,
  )
  await until(() => answers(port, 'www.lan.test', 'A'), output)
  const resolver = new Resolver({ servers: [`127.0.0.1:${port}`] })
  expect(await resolver.mx('lan.test')).toEqual([
    { preference: 10, exchange: 'mail.lan.test', addresses: ['192.0.2.2'] },
  ])
  expect(await resolver.srv('_http._tcp.lan.test')).toMatchObject([{ port: 8080, addresses: ['192.0.2.1'] }])
  expect(await resolver.txt('lan.test')).toEqual(['hello'])
  expect(await resolver.reverse('192.0.2.1')).toEqual(['www.lan.test'])
  expect(await resolver.addresses('alias.lan.test')).toEqual(['192.0.2.2'])
  const { stdout } = await fourwire(port, 'version.bind', 'CH', 'TXT', '--short')
  expect(stdout).toMatch(/^"dnsmasq-/)
})
