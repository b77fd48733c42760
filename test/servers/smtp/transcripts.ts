/** Transcripts that several tests share. */
import type { Suite } from '../../../shared/launcher/index.ts'

/** The EHLO exchange. */
export const HELLO = `
  C: EHLO client.example
  S: 250-mail.fourwire.test greets [127.0.0.1]
  S: 250-PIPELINING
  S: 250-SIZE *
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-CHUNKING
  S: 250-DSN
  S: 250-ENHANCEDSTATUSCODES
  S: 250-AUTH PLAIN LOGIN
  S: 250 HELP
`

/** The greeting and the EHLO exchange. */
export const OPENING = `
  S: 220 mail.fourwire.test ESMTP Fourwire
  ${HELLO}
`

/** The EHLO exchange of a server with a certificate, before STARTTLS and after it. */
export const HELLO_WITH_TLS = `
  C: EHLO client.example
  S: 250-mail.fourwire.test greets [127.0.0.1]
  S: 250-PIPELINING
  S: 250-SIZE 10485760
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-CHUNKING
  S: 250-DSN
  S: 250-ENHANCEDSTATUSCODES
  S: 250-STARTTLS
  S: 250-AUTH PLAIN LOGIN
  S: 250 HELP
`
export const HELLO_OVER_TLS = HELLO_WITH_TLS.replace('  S: 250-STARTTLS\n', '')

/** An accepted sender and recipient. */
export const ENVELOPE = `
  C: MAIL FROM:<ann@client.example>
  S: 250 2.1.0 Sender accepted
  C: RCPT TO:<bob@fourwire.test>
  S: 250 2.1.5 Recipient accepted
`

/** An accepted sender and recipient, up to the reply to DATA. */
export const TO_DATA = `
  ${OPENING}
  ${ENVELOPE}
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
`

/** A message without content, after its envelope. */
export const EMPTY_MESSAGE = `
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
  C: .
  S: 250 2.6.0 Message kept as *
`

/** The end of a session. */
export const CLOSING = `
  C: QUIT
  S: 221 2.0.0 Bye
  S: (closed)
`

/** Returns the messages of a suite as the clients sent them, without the header that the server added. */
export async function sentMessages(suite: Pick<Suite, 'mail'>): Promise<string[]> {
  const messages = await suite.mail.list()
  return Promise.all(messages.map(async ({ id }) => sentPart((await suite.mail.raw(id)) ?? new Uint8Array())))
}

/** Returns a stored message without the header that the server added. */
function sentPart(raw: Uint8Array): string {
  return Buffer.from(raw)
    .toString('latin1')
    .replace(/^Received: .*\r\n(?:\t.*\r\n)+/, '')
}

/** Dot-stuffing (RFC 5321, section 4.5.2). */
export function dotStuffed(message: string): string {
  return message.replace(/(^|\r\n)\./g, '$1..')
}
