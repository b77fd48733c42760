/** Tests transfers with dig and kdig, and updates with nsupdate: with valid keys, invalid keys and none. */
import { expect, type TestContext, test } from 'vitest'
import type { Suite } from '../../shared/launcher/index.ts'
import { suiteFor } from '../helpers/suite.ts'
import { requireTool, runTool, type Tool } from './tools.ts'

const SECRET = 'c2VjcmV0LW9mLWZvdXJ3aXJlLTAxMjM0NTY3ODkwMTI='
const KEY = `hmac-sha256:k.test:${SECRET}`
const TEXT = `$TTL 60
@ SOA ns host 1 3600 600 86400 5
@ NS ns
ns A 127.0.0.1
sub NS ns.sub
ns.sub A 127.0.0.2
* TXT "a \\"wild\\" card"
old A 127.0.0.3
`

function suiteWith(more: object = {}): Promise<Suite<'dns'>> {
  const algorithms = ['hmac-sha1', 'hmac-sha224', 'hmac-sha384', 'hmac-sha512']
  const keys = [KEY, ...algorithms.map(algorithm => ({ name: `${algorithm}.test`, secret: SECRET, algorithm }))]
  const zones = [{ origin: 'example.test', text: TEXT }]
  return suiteFor({ services: ['dns'], dns: { publish: false, zones, keys, ...more } })
}

/** Returns the lines that a tool prints, with single blanks, without empty lines and comments. */
async function query(tool: 'dig' | 'kdig', { dns }: Suite<'dns'>, args: string): Promise<string[]> {
  const { stdout } = await runTool(tool, ['@127.0.0.1', '-p', String(dns.port), ...args.split(' ')])
  const lines = stdout.split('\n').map(line => line.replaceAll(/\s+/g, ' ').trim())
  return lines.filter(line => line !== '' && !line.startsWith(';'))
}

const soa = (serial: number) => `example.test. 60 IN SOA ns.example.test. host.example.test. ${serial} 3600 600 86400 5`
const WHOLE = [
  soa(1),
  'example.test. 60 IN NS ns.example.test.',
  'ns.example.test. 60 IN A 127.0.0.1',
  'sub.example.test. 60 IN NS ns.sub.example.test.',
  'ns.sub.example.test. 60 IN A 127.0.0.2',
  '*.example.test. 60 IN TXT "a \\"wild\\" card"',
  'old.example.test. 60 IN A 127.0.0.3',
  soa(1),
]

function requireTools(context: TestContext, ...tools: Tool[]): void {
  for (const tool of tools) requireTool(tool, context)
}

test.for(['dig', 'kdig'] as const)('%s transfers a zone, signed and unsigned', async (tool, context) => {
  requireTools(context, tool)
  const suite = await suiteWith()
  expect(await query(tool, suite, 'example.test AXFR')).toEqual(WHOLE)
  const signed = (await query(tool, suite, `-y ${KEY} example.test AXFR`)).filter(line => !line.includes('TSIG'))
  expect(signed).toEqual(WHOLE)
})

test.for(['hmac-sha1', 'hmac-sha224', 'hmac-sha384', 'hmac-sha512'])(
  'dig signs with %s',
  async (algorithm, context) => {
    requireTools(context, 'dig')
    const { dns } = await suiteWith({ allowTransfer: ['keys'] })
    const args = ['@127.0.0.1', '-p', String(dns.port), '-y', `${algorithm}:${algorithm}.test:${SECRET}`]
    const { stdout } = await runTool('dig', [...args, 'example.test', 'AXFR'])
    expect(stdout).toContain('XFR size: 8 records')
    expect(stdout).not.toContain('could not be validated')
  },
)

test.for<[title: string, args: string, output: string]>([
  ['without a key', '', 'Transfer failed'],
  ['with an unknown key', `-y hmac-sha256:other:${SECRET}`, 'BADKEY'],
  ['with another secret', '-y hmac-sha256:k.test:b3RoZXI=', 'BADSIG'],
])('dig cannot transfer a zone %s', async ([, args, output], context) => {
  requireTools(context, 'dig')
  const { dns } = await suiteWith({ allowTransfer: ['keys'] })
  const words = `@127.0.0.1 -p ${dns.port} ${args} example.test AXFR`.split(' ').filter(word => word !== '')
  const { stdout } = await runTool('dig', words)
  expect(stdout).toContain(output)
  expect(stdout).not.toContain('127.0.0.3')
})

/** Runs nsupdate with a script. */
function nsupdate({ dns }: Suite<'dns'>, script: string, ...args: string[]) {
  const input = `server 127.0.0.1 ${dns.port}\nzone example.test\n${script}\nsend\n`
  return runTool('nsupdate', args, { input })
}

const ADD = 'update add new.example.test 60 A 127.0.0.9'

test('nsupdate changes a zone, and dig transfers the differences', async context => {
  requireTools(context, 'nsupdate', 'dig', 'kdig')
  const suite = await suiteWith()
  const script = `prereq nxdomain new.example.test\nprereq yxrrset old.example.test A\n${ADD}\nupdate delete old.example.test A`
  expect(await nsupdate(suite, script, '-y', KEY)).toEqual({ code: 0, stdout: '', stderr: '' })
  const changed = [
    soa(2),
    soa(1),
    'old.example.test. 60 IN A 127.0.0.3',
    soa(2),
    'new.example.test. 60 IN A 127.0.0.9',
    soa(2),
  ]
  expect(await query('dig', suite, 'example.test IXFR=1')).toEqual(changed)
  expect(await query('kdig', suite, 'example.test IXFR=1')).toEqual(changed)
  expect(await query('dig', suite, '+notcp example.test IXFR=1')).toEqual(changed)
  expect(await query('dig', suite, 'example.test IXFR=2')).toEqual([soa(2)])
  expect(await query('dig', suite, '+short new.example.test')).toEqual(['127.0.0.9'])
})

test('nsupdate finds the zone of a name, over TCP', async context => {
  requireTools(context, 'nsupdate', 'dig')
  const suite = await suiteWith()
  const input = `server 127.0.0.1 ${suite.dns.port}\n${ADD}\nsend\n`
  expect(await runTool('nsupdate', ['-v', '-y', KEY], { input })).toMatchObject({ code: 0 })
  expect(await query('dig', suite, '+short new.example.test')).toEqual(['127.0.0.9'])
})

test.for<[title: string, script: string, args: string[], error: string]>([
  [
    'the prerequisite that an existing name does not exist',
    `prereq nxdomain old.example.test\n${ADD}`,
    ['-y', KEY],
    'YXDOMAIN',
  ],
  ['the prerequisite that a missing name exists', `prereq yxdomain none.example.test\n${ADD}`, ['-y', KEY], 'NXDOMAIN'],
  [
    'the prerequisite that an existing set does not exist',
    `prereq nxrrset old.example.test A\n${ADD}`,
    ['-y', KEY],
    'YXRRSET',
  ],
  [
    'the prerequisite that a set has other data',
    `prereq yxrrset old.example.test A 127.0.0.4\n${ADD}`,
    ['-y', KEY],
    'NXRRSET',
  ],
  ['a name outside of the zone', 'update add new.example 60 A 127.0.0.9', ['-y', KEY], 'NOTZONE'],
  ['no key', ADD, [], 'REFUSED'],
  ['an unknown key', ADD, ['-y', `hmac-sha256:other:${SECRET}`], 'NOTAUTH(BADKEY)'],
  ['another secret', ADD, ['-y', 'hmac-sha256:k.test:b3RoZXI='], 'NOTAUTH(BADSIG)'],
])('nsupdate changes nothing with %s', async ([, script, args, error], context) => {
  requireTools(context, 'nsupdate', 'dig')
  const suite = await suiteWith()
  const { code, stderr } = await nsupdate(suite, script, ...args)
  expect(code).toBe(2)
  expect(stderr).toContain(`update failed: ${error}`)
  expect(await query('dig', suite, 'example.test AXFR')).toEqual(WHOLE)
})
