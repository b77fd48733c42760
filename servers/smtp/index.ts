/**
 * smtp: accepts mail (RFC 5321). A session is a greeting, EHLO, and any number of mail transactions: MAIL names the sender,
 * RCPT a recipient, DATA transfers the message. A 250 reply to the data makes the server responsible for the message. Mail
 * for the accepted domains goes to the mailbox; relaying is denied.
 *
 * Implements RFC 5321 (SMTP), 1870 (SIZE), 2034 + 3463 (enhanced status codes), 2920 (PIPELINING), 6152 (8BITMIME) and
 * 6531 (SMTPUTF8). Does not announce AUTH and STARTTLS, and replies 502 to both.
 */
import { defineServer } from '../../shared/define-server.ts'
import { smtpOptions } from './options.ts'

/** A server that stores mail in the context's mailbox. Its `listen` rejects with a `BindError` if the port is taken. */
export const smtp = defineServer({
  name: 'smtp',
  summary: 'accepts mail for fourwire.test and stores it, relays nothing',
  options: smtpOptions,
  uses: ['accounts', 'mail'],
  load: async () => (await import('./server.ts')).SmtpServer,
})

export { type SmtpOptions, smtpOptions } from './options.ts'
