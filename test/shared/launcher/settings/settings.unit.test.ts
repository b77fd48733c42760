import { expect, test } from 'vitest'
import * as z from 'zod'
import { fieldsOf, kebabCase, parseText, toOption, upperSnakeCase } from '../../../../shared/launcher/settings/flags.ts'
import { resolveSettings } from '../../../../shared/launcher/settings/options.ts'
import {
  allSettings,
  configJsonSchema,
  environmentName,
  findUnknownVariables,
  mergeSettings,
  parseConfig,
  parseEnvironment,
} from '../../../../shared/launcher/settings/settings.ts'

const dnsOf = (settings: object) => resolveSettings(settings, 'default').options.dns as { host: string; port: number }

test('a flag overrides the environment, which overrides the config file, which overrides the default', () => {
  const flag = { dns: { port: 1 } }
  const environment = parseEnvironment({ FOURWIRE_DNS_PORT: '2' })
  const config = parseConfig('{ "dns": { "port": 3 } }', 'fourwire.json')
  expect(dnsOf(mergeSettings(flag, environment, config)).port).toBe(1)
  expect(dnsOf(mergeSettings({}, environment, config)).port).toBe(2)
  expect(dnsOf(mergeSettings({}, {}, config)).port).toBe(3)
  expect(dnsOf(mergeSettings({}, {}, {})).port).toBe(5300)
})

test('merges the options of one service from several sources', () => {
  const merged = mergeSettings({ dns: { port: 1 } }, { dns: { host: '::1' } }, { dns: { port: 3 }, http: { port: 4 } })
  expect(merged).toEqual({ dns: { port: 1, host: '::1' }, http: { port: 4 } })
})

test('a host for all services overrides the host of one service in a later source', () => {
  const config = { host: '0.0.0.0', dns: { host: '192.0.2.1', port: 5 }, http: { port: 6 } }
  expect(mergeSettings({ host: '127.0.0.1' }, config)).toEqual({
    host: '127.0.0.1',
    dns: { port: 5 },
    http: { port: 6 },
  })
  expect(mergeSettings({ host: '::1', dns: { host: '::2' } }, config)).toMatchObject({ dns: { host: '::2', port: 5 } })
})

test("the suite's host applies to services without their own", () => {
  expect(dnsOf({ host: '::1' }).host).toBe('::1')
  expect(dnsOf({ host: '::1', dns: { host: '127.0.0.2' } }).host).toBe('127.0.0.2')
})

test('services listen on free ports or on the default ports of their protocols', () => {
  expect(resolveSettings({}, 'free').options.hello).toMatchObject({ port: 0 })
  expect(resolveSettings({}, 'default').options.hello).toMatchObject({ port: 5000 })
})

test('FOURWIRE_SERVICES lists services', () => {
  expect(parseEnvironment({ FOURWIRE_SERVICES: 'dns, http', FOURWIRE_DATA: '/tmp/x' })).toEqual({
    services: ['dns', 'http'],
    data: '/tmp/x',
  })
})

test.each([
  ['{ "dns": { "port": "many" } }', /fourwire\.json: dns\.port: .*number.*\(given: "many"\)/],
  ['{ "dns": { "prot": 1 } }', 'fourwire.json: dns.prot: unknown option. Did you mean `port`?'],
  ['{ "dms": {} }', 'fourwire.json: dms: unknown option. Did you mean `dns`?'],
  ['{ "services": ["gopher"] }', /fourwire\.json: services\.0: .*\(given: "gopher"\)/],
  ['{ "dns": ', 'fourwire.json: not valid JSON: line 1, column 10: a value is expected, but the text ends'],
  ['[]', 'fourwire.json: options: must be an object'],
])('rejects a config file with %s and names the file', (text, message) => {
  expect(() => parseConfig(text, 'fourwire.json')).toThrow(message)
})

test.each([
  [
    '{ "dns": { "keys": [{ "name": 5, "secret": "c2VjcmV0" }] } }',
    'dns.keys.0: give [ALGORITHM:]NAME:SECRET, or an object',
  ],
  ['{ "dns": { "keys": "main:c2VjcmV0" } }', 'dns.keys: '],
  ['{ "dns": { "cookieSecrets": ["c2VjcmV0"] } }', 'dns.cookieSecrets.0: '],
])('errors do not quote values that may be secrets: %s', (text, message) => {
  let errorMessage = ''
  try {
    parseConfig(text, 'fourwire.json')
  } catch (error) {
    errorMessage = String(error)
  }
  expect(errorMessage).toContain(message)
  expect(errorMessage).not.toContain('c2VjcmV0')
})

test('a config file may have a $schema key', () => {
  expect(parseConfig('{ "$schema": "./fourwire.schema.json", "host": "::1" }', 'fourwire.json')).toEqual({
    host: '::1',
  })
})

test('the error for an invalid number in the environment quotes it', () => {
  expect(() => resolveSettings(parseEnvironment({ FOURWIRE_HTTP_PORT: 'eighty' }), 'default')).toThrow(
    /http\.port: .*\(given: "eighty"\)/,
  )
})

test('every setting has its own environment variable', () => {
  const names = allSettings().map(environmentName)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(expect.arrayContaining(['FOURWIRE_DATA', 'FOURWIRE_HOST', 'FOURWIRE_DNS_PORT']))
})

test('the JSON schema of the config file has every setting', () => {
  const { properties } = configJsonSchema() as { properties: Record<string, { properties?: object }> }
  for (const { path } of allSettings()) {
    const [first, second] = path
    expect(Object.keys(properties)).toContain(first)
    if (second !== undefined) expect(Object.keys(properties[first]?.properties ?? {})).toContain(second)
  }
})

test('derives flags from the schema: name, short form, default, kind', () => {
  const fields = fieldsOf(
    z.object({
      port: z.number().int().default(53).describe('port'),
      maxSize: z.coerce.number().optional(),
      publish: z.boolean().default(true).describe('publish records'),
      verbose: z.boolean().default(false),
      output: z.string().optional().meta({ flag: '-o, --output', placeholder: 'FILE' }),
      header: z.array(z.string()).default([]).meta({ flag: '-H, --header' }),
      zones: z.array(z.string()).optional().meta({ flag: false }),
      url: z.string(),
    }),
  )
  expect(fields.filter(field => field.flag !== false).map(field => toOption(field, 'x-').flags)).toEqual([
    '--x-port <N>',
    '--x-max-size <N>',
    '--no-x-publish',
    '--x-verbose',
    '-o, --output <FILE>',
    '-H, --header <HEADER>',
    '--x-url <URL>',
  ])
  expect(fields.find(field => field.key === 'url')?.required).toBe(true)
  expect(toOption(fields[0] as never).description).toBe('port (default: 53)')
  const header = toOption(fields.find(field => field.key === 'header') as never)
  expect(header.parseArg?.('B: 2', header.parseArg?.('A: 1', undefined))).toEqual(['A: 1', 'B: 2'])
})

test.each([
  ['number', '12', 12],
  ['number', '', ''],
  ['number', 'twelve', 'twelve'],
  ['boolean', 'true', true],
  ['boolean', '0', false],
  ['boolean', 'maybe', 'maybe'],
  ['list', 'a, b', ['a', 'b']],
  ['text', '12', '12'],
] as const)('parses as %s: the text %j is %j', (kind, text, value) => {
  expect(parseText({ kind }, text)).toEqual(value)
})

test('converts names to kebab case and upper snake case', () => {
  expect([kebabCase('passivePorts'), upperSnakeCase('passivePorts')]).toEqual(['passive-ports', 'PASSIVE_PORTS'])
})

test('finds environment variables that are not settings, with a suggestion if one is similar', () => {
  const env = { FOURWIRE_DNS_PROT: '1', FOURWIRE_XYZZY_PLUGH: '1', FOURWIRE_DNS_PORT: '1', PATH: '/bin' }
  expect(findUnknownVariables(env)).toEqual([
    { variable: 'FOURWIRE_DNS_PROT', suggestion: '. Did you mean `FOURWIRE_DNS_PORT`?' },
    { variable: 'FOURWIRE_XYZZY_PLUGH', suggestion: '' },
  ])
})

test('an undefined setting does not override a later source', () => {
  expect(mergeSettings({ host: undefined }, { host: '::1' })).toEqual({ host: '::1' })
  expect(mergeSettings({ host: undefined }, { host: '::1', drainTime: 5 })).toEqual({ host: '::1', drainTime: 5 })
})

test('freePorts overrides the ports of a later source', () => {
  const config = { dns: { port: 53, host: '::1' }, ftp: { passivePorts: '1-2' } }
  expect(mergeSettings({ freePorts: true }, config)).toEqual({ freePorts: true, dns: { host: '::1' }, ftp: {} })
})
