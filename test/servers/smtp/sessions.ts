/** Parts of sessions that many transcripts share. */

/** What the server says first, and the EHLO exchange. */
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

/** A sender and a recipient that pass, to where the message begins. */
export const TO_DATA = `
  ${OPENING}
  C: MAIL FROM:<ann@client.example>
  S: 250 2.1.0 Accepted
  C: RCPT TO:<bob@fourwire.test>
  S: 250 2.1.5 Accepted
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
`

/** The end of a session, with nothing left behind. */
export const CLOSING = `
  C: QUIT
  S: 221 2.0.0 Bye
  S: (closed)
`

/** Everything of a stored message but the header that the server put before it. */
export function sentPart(raw: Uint8Array): string {
  return Buffer.from(raw)
    .toString('latin1')
    .replace(/^Received: .*\r\n(?:\t.*\r\n)+/, '')
}
