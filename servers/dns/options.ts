/** The options of the DNS server. */
import * as z from 'zod'
import { listenOptions, portOption } from '../../shared/options.ts'
import { dns } from '../../shared/protocols/dns.ts'
import { forwardOptions } from './forward/options.ts'
import { trustOptions } from './trust/options.ts'
import { wireOptions } from './wire-options.ts'

const zoneOption = z.object({
  origin: z.string().min(1).describe("the zone's name: fourwire.test"),
  text: z.string().describe('its master file'),
})

const listen = listenOptions(dns.ports.own)

/** Where to listen (UDP and TCP, the same number), which zones to answer for, and what others may do. */
export const dnsOptions = listen.extend({
  host: listen.shape.host.describe('address to listen on, or several with commas between, as in 127.0.0.1,::1'),
  tlsPort: portOption.default(dns.tls.ports.own).describe('port for DNS over TLS, with --tls'),
  publish: z.boolean().default(true).describe('the records of the running services in the zone fourwire.test'),
  ...wireOptions,
  ...trustOptions,
  ...forwardOptions,
  zones: z
    .union([z.record(z.string().min(1), z.string()), z.array(zoneOption)], {
      error: "give zones as { 'shop.test': MASTER_FILE_TEXT } or as [{ origin, text }]",
    })
    .optional()
    .describe('zones to serve instead of the zone files of the data folder, as master file texts by their names')
    .meta({ flag: false }),
})

/** The options with their defaults filled in. */
export type DnsOptions = z.output<typeof dnsOptions>
