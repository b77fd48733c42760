/** Composes a message (RFC 5322) as bytes, with its envelope. */
import { buffer } from 'node:stream/consumers'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { MailAddress } from '../../../../../shared/store/mail/parse/parsed-message.ts'
import type { Thread } from './reply.ts'

export interface ComposedMessage {
  /** The addresses for MAIL and RCPT. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly messageId: string
  /** Before dot-stuffing. Every line ends with CRLF. */
  readonly content: Buffer
}

export interface MessageFields extends Thread {
  readonly from: string
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  readonly subject: string
  readonly text: string
}

export async function composeMessage({ to, cc, text, ...fields }: MessageFields): Promise<ComposedMessage> {
  const node = new MailComposer({
    ...fields,
    to: [...to],
    cc: [...cc],
    // A form sends CRLF, a program LF; the composer makes CRLF of LF.
    text: text.replace(/\r\n?/g, '\n'),
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  const { from, to: recipients } = node.getEnvelope()
  const content = await buffer(node.createReadStream())
  return { envelope: { from: from || '', to: [...new Set(recipients)] }, messageId: node.messageId(), content }
}
