/**
 * smtp: takes mail in (RFC 5321). A session greets, hears EHLO, then any number of mail transactions: MAIL says whom it
 * is from, RCPT (once a recipient) whom it is for, DATA brings the message, and the reply after it says who is
 * responsible for it from then on. Mail for the domains served is kept in the mailbox; relaying is refused.
 *
 * Keeps RFC 5321 (SMTP), 1870 (SIZE), 2034 + 3463 (enhanced status codes), 2920 (PIPELINING), 6152 (8BITMIME) and
 * 6531 (SMTPUTF8). No AUTH and no STARTTLS: neither is announced, both are answered with 502.
 */
import { defineServer } from '../../shared/define-server.ts'
import { smtpOptions } from './options.ts'

/** A server that keeps mail in the context's mailbox. Its `listen` rejects with a `BindError` where the port is taken. */
export const smtp = defineServer({
  name: 'smtp',
  summary: 'accepts mail for fourwire.test and keeps it, relays nothing',
  options: smtpOptions,
  load: async () => (await import('./server.ts')).SmtpServer,
})

export { type SmtpOptions, smtpOptions } from './options.ts'
