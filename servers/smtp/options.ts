/** The options of the SMTP server. */
import * as z from 'zod'
import { listenOptions, maxConnectionsOption, millisecondsOption } from '../../shared/options.ts'
import { smtp } from '../../shared/protocols/smtp.ts'

/** The address to listen on, the domains to accept mail for, and the bounds: sizes in bytes, times in milliseconds. */
export const smtpOptions = listenOptions(smtp.ports.default).extend({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a host name')
    .default('mail.fourwire.test')
    .describe('host name the server greets with'),
  domains: z
    .array(z.string().min(1))
    .min(1)
    .default(['fourwire.test'])
    .describe('domains to accept mail for, without their subdomains; * is every domain'),
  maxSize: z
    .number()
    .int()
    .min(1)
    .default(10 * 1024 * 1024)
    .describe('bytes of the largest message accepted')
    .meta({ placeholder: 'BYTES' }),
  maxRecipients: z.number().int().min(1).default(100).describe('recipients of one message'),
  maxConnections: maxConnectionsOption.default(100).describe('connections open at once'),
  idleTimeout: millisecondsOption(1)
    .default(300_000)
    .describe('milliseconds without data from the client (RFC 5321, section 4.5.3.2.7: 5 minutes)'),
})

/** The options with their defaults filled in. */
export type SmtpOptions = z.output<typeof smtpOptions>
