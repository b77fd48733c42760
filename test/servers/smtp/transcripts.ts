/** Transcripts that several tests share. */

/** The greeting and the EHLO exchange. */
export const OPENING = `
  S: 220 mail.fourwire.test ESMTP Fourwire
  C: EHLO client.example
  S: 250-mail.fourwire.test greets [127.0.0.1]
  S: 250-PIPELINING
  S: 250-8BITMIME
  S: 250-SMTPUTF8
  S: 250-ENHANCEDSTATUSCODES
  S: 250 SIZE *
`

/** An accepted sender and recipient, up to the reply to DATA. */
export const TO_DATA = `
  ${OPENING}
  C: MAIL FROM:<ann@client.example>
  S: 250 2.1.0 Accepted
  C: RCPT TO:<bob@fourwire.test>
  S: 250 2.1.5 Accepted
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
`

/** The end of a session. */
export const CLOSING = `
  C: QUIT
  S: 221 2.0.0 Bye
  S: (closed)
`

/** Returns a stored message without the header that the server added. */
export function sentPart(raw: Uint8Array): string {
  return Buffer.from(raw)
    .toString('latin1')
    .replace(/^Received: .*\r\n(?:\t.*\r\n)+/, '')
}
