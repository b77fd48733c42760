/** Arguments and flags of `fourwire dns`. */
import * as z from 'zod'

const flag = (description: string) => z.boolean().default(false).describe(description)
const port = z.number().int().min(0).max(0xffff)

export const dnsInput = z.object({
  words: z
    .array(z.string().min(1))
    .default([])
    .describe('NAME, TYPE, CLASS, @SERVER and options of dig such as +short, in any order; several names and types'),
  server: z
    .string()
    .optional()
    .describe(
      'name server: HOST:PORT, or a URL such as tls://HOST, https://HOST/dns-query (default: the running suite)',
    )
    .meta({ placeholder: 'SERVER' }),
  port: port.min(1).optional().describe('port of the server').meta({ flag: '-p, --port', placeholder: 'N' }),
  type: z
    .array(z.string())
    .default([])
    .describe('record type: A (the default), AAAA, MX, TXT, SRV, NS, SOA, ANY ... or TYPE65 (repeatable)')
    .meta({ flag: '-t, --type' }),
  class: z.string().optional().describe('class: IN (the default), CH').meta({ flag: '-c, --class' }),
  reverse: z
    .array(z.string())
    .default([])
    .describe('look up the name of an IPv4 or IPv6 address (PTR; repeatable)')
    .meta({ flag: '-x, --reverse', placeholder: 'ADDRESS' }),
  tcp: flag('query by TCP instead of UDP'),
  tls: flag('query by TLS'),
  https: flag('query by HTTPS'),
  get: flag('with HTTPS, use GET instead of POST'),
  cacert: z
    .string()
    .optional()
    .describe("authorities to trust, a PEM file (default: the running suite's and the system's)")
    .meta({ placeholder: 'FILE' }),
  tlsName: z
    .string()
    .optional()
    .describe("name that the server's certificate must have (default: the host)")
    .meta({ placeholder: 'NAME' }),
  insecure: flag('do not verify the certificate of the server'),
  short: flag('print only the data of the answers'),
  dnssec: flag('request signatures (DO)'),
  cd: flag('accept records whose signatures the server did not check (CD)'),
  recurse: z.boolean().default(true).describe('recursion (RD)'),
  edns: z.boolean().default(true).describe('EDNS'),
  ednsVersion: z.number().int().min(0).max(255).default(0).describe('EDNS version').meta({ placeholder: 'N' }),
  bufsize: port.default(1232).describe('largest UDP response to accept').meta({ placeholder: 'BYTES' }),
  nsid: flag("request the server's identifier (NSID)"),
  cookie: flag("send a cookie, and the server's cookie with later queries"),
  mixCase: flag('randomize the case of the name, which the response must repeat (0x20)'),
  key: z.string().optional().describe('sign with this key (TSIG)').meta({ placeholder: '[ALG:]NAME:SECRET' }),
  walk: flag('follow referrals from server to server and print each step'),
  root: z
    .array(z.string())
    .default([])
    .describe('server to start the walk from (repeatable; default: the name server)')
    .meta({ placeholder: 'SERVER' }),
  axfr: flag('transfer the whole zone'),
  ixfr: z
    .number()
    .int()
    .min(0)
    .max(0xffffffff)
    .optional()
    .describe('transfer the changes of the zone since this serial')
    .meta({ placeholder: 'SERIAL' }),
})

export type DnsInput = z.output<typeof dnsInput>
