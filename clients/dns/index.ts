/** The dns client: `fourwire dns`. */
import * as z from 'zod'
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'

export { type DnsQuery, type DnsReply, type DnsServer, query } from './query.ts'
export { ResolveError } from './resolve-error.ts'
export {
  type MailServer,
  type Resolved,
  type ResolveOptions,
  Resolver,
  type ServicePlace,
} from './resolver.ts'
export type { ResolverOptions } from './servers.ts'
export { type DnsTransfer, type TransferPart, transfer } from './transfer.ts'
export { type DnsWalk, type WalkStep, walk } from './walk.ts'

const flag = (description: string) => z.boolean().default(false).describe(description)
const port = z.number().int().min(0).max(0xffff)

/** What can be typed after `fourwire dns`. */
export const dnsInput = z.object({
  words: z
    .array(z.string().min(1))
    .default([])
    .describe('NAME, TYPE, CLASS, @SERVER and options of dig such as +short, in any order; several names and types'),
  server: z
    .string()
    .optional()
    .describe(
      'server to ask: HOST:PORT, or a URL as in tls://HOST, https://HOST/dns-query (default: the running suite)',
    )
    .meta({ placeholder: 'SERVER' }),
  port: port.min(1).optional().describe('port of the server').meta({ flag: '-p, --port', placeholder: 'N' }),
  type: z
    .array(z.string())
    .default([])
    .describe('type of records: A (the default), AAAA, MX, TXT, SRV, NS, SOA, ANY ... or TYPE65 (repeatable)')
    .meta({ flag: '-t, --type' }),
  class: z.string().optional().describe('class of records: IN (the default), CH').meta({ flag: '-c, --class' }),
  reverse: z
    .array(z.string())
    .default([])
    .describe('ask for the name of an address (repeatable)')
    .meta({ flag: '-x, --reverse', placeholder: 'ADDRESS' }),
  tcp: flag('ask by TCP at once'),
  tls: flag('ask by TLS'),
  https: flag('ask by HTTPS'),
  get: flag('by HTTPS, ask with GET in place of POST'),
  cacert: z
    .string()
    .optional()
    .describe("authorities to trust, a PEM file (default: the running suite's and the system's)")
    .meta({ placeholder: 'FILE' }),
  tlsName: z
    .string()
    .optional()
    .describe("name that the server's certificate must be for (default: the host)")
    .meta({ placeholder: 'NAME' }),
  insecure: flag('do not verify the certificate of the server'),
  short: flag('print the data of the answers, and nothing else'),
  dnssec: flag('ask for signatures too (DO)'),
  cd: flag('ask for records whose signatures were not checked (CD)'),
  recurse: z.boolean().default(true).describe('asking the server to ask others (RD)'),
  edns: z.boolean().default(true).describe('EDNS'),
  ednsVersion: z.number().int().min(0).max(255).default(0).describe('version of EDNS').meta({ placeholder: 'N' }),
  bufsize: port.default(1232).describe('bytes of a datagram that can be taken').meta({ placeholder: 'BYTES' }),
  nsid: flag("ask for the server's own name (NSID)"),
  cookie: flag('send a cookie, and remember that of the server'),
  mixCase: flag('mix the letters of the name, which the response has to repeat (0x20)'),
  key: z.string().optional().describe('sign with this key (TSIG)').meta({ placeholder: '[ALG:]NAME:SECRET' }),
  walk: flag('go from server to server, down the delegations, and show each step'),
  root: z
    .array(z.string())
    .default([])
    .describe('server to begin the walk at (repeatable; default: the server that would be asked)')
    .meta({ placeholder: 'SERVER' }),
  axfr: flag('fetch the whole zone'),
  ixfr: z
    .number()
    .int()
    .min(0)
    .max(0xffffffff)
    .optional()
    .describe('fetch what changed in the zone since this serial')
    .meta({ placeholder: 'SERIAL' }),
})

/** What was typed, with its defaults. */
export type DnsInput = z.output<typeof dnsInput>

const ask = defineCommand({
  name: '',
  summary: 'ask a name server for records, as dig does',
  positional: ['words'],
  input: dnsInput,
  example:
    'fourwire dns www.fourwire.test\n  fourwire dns fourwire.test MX --short\n  fourwire dns fourwire.test --axfr',
  run: async (input, context) => {
    const { runDns } = await import('./command.ts')
    await runDns(input, context)
  },
})

/** The command `fourwire dns NAME [TYPE]`, for the launcher; programs call `query`, or make a `Resolver`. */
export const dns: ClientDefinition = {
  name: 'dns',
  summary: 'asks name servers, as dig does',
  commands: [ask],
}
