/**
 * smtp: takes mail in (RFC 5321). A session greets, hears EHLO, then any number of mail transactions: MAIL says whom it
 * is from, RCPT (once a recipient) whom it is for, DATA brings the message, and the reply after it says who is
 * responsible for it from then on. Mail for the domains served is kept in the mailbox; relaying is refused.
 *
 * Keeps RFC 5321 (SMTP), 1870 (SIZE), 2034 + 3463 (enhanced status codes), 2920 (PIPELINING), 6152 (8BITMIME) and
 * 6531 (SMTPUTF8). No AUTH and no STARTTLS: neither is announced, both are answered with 502.
 */
import { z } from 'zod'
import { listenOptions, maxConnectionsOption, millisecondsOption } from '../../shared/options.ts'
import { PORTS } from '../../shared/ports.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

/** Where to listen, whom to take mail for, and the bounds: sizes in bytes, times in milliseconds. */
export const smtpOptions = listenOptions(PORTS.smtp.own).extend({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a host name')
    .default('mail.fourwire.test')
    .describe('host name the server greets with'),
  domains: z
    .array(z.string().min(1))
    .min(1)
    .default(['fourwire.test'])
    .describe('domains to accept mail for; a subdomain counts only where it is named'),
  maxSize: z
    .number()
    .int()
    .min(1)
    .default(10 * 1024 * 1024)
    .describe('bytes of the largest message accepted')
    .meta({ placeholder: 'BYTES' }),
  maxRecipients: z.number().int().min(1).default(100).describe('recipients of one message at most'),
  maxConnections: maxConnectionsOption.default(100).describe('clients connected at once at most'),
  idleTimeout: millisecondsOption(1)
    .default(300_000)
    .describe('milliseconds a client may be silent (RFC 5321, section 4.5.3.2.7: 5 minutes)'),
})

/** The options with their defaults filled in. */
export type SmtpOptions = z.output<typeof smtpOptions>

/** A server that keeps mail in the context's mailbox. Its `listen` rejects with a `BindError` where the port is taken. */
export const smtp: ServerDefinition<typeof smtpOptions> = {
  name: 'smtp',
  summary: 'accepts mail for fourwire.test and keeps it, relays nothing',
  options: smtpOptions,
  create: (options, context) =>
    deferred('smtp', async () => {
      const { SmtpServer } = await import('./server.ts')
      return new SmtpServer(options, context)
    }),
}
