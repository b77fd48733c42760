/** The options of the DNS server. */
import * as z from 'zod'
import { listenOptions, portOption } from '../../shared/options.ts'
import { dns } from '../../shared/protocols/dns.ts'
import { keyOptions } from './access/options.ts'
import { forwardOptions } from './forward/options.ts'
import { limitOptions } from './limits/options.ts'
import { notifyOptions } from './notify/options.ts'
import { identityOptions } from './query/options.ts'
import { transferOptions } from './transfer/options.ts'
import { updateOptions } from './update/options.ts'

const zoneOption = z.object({
  origin: z.string().min(1).describe('name of the zone: fourwire.test'),
  text: z.string().describe('text of its master file'),
})

const listen = listenOptions(dns.ports.default)

/** The addresses to listen on (UDP and TCP on the same port), the zones, and what clients may do. */
export const dnsOptions = listen.extend({
  host: listen.shape.host.describe('address to listen on, or several separated by commas, as in 127.0.0.1,::1'),
  tlsPort: portOption.default(dns.tls.ports.default).describe('port for DNS over TLS, with --tls'),
  publish: z.boolean().default(true).describe('the records of the running services in the zone fourwire.test'),
  ...identityOptions,
  ...limitOptions,
  ...keyOptions,
  ...transferOptions,
  ...updateOptions,
  ...notifyOptions,
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
