/** Composes a message (RFC 5322) and its envelope. */
import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import { errorText, UsageError } from '../../shared/errors.ts'
import { type Mailbox, parseMailbox } from './mailbox.ts'
import { type Attachment, listOf, NULL_SENDER, type SmtpRequest, validateRequest } from './request.ts'

/** A composed message. */
export interface Message {
  /** The addresses for MAIL and RCPT. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly messageId: string
  /** The bytes to send after DATA, before dot-stuffing. Every line ends with CRLF. */
  readonly content: Buffer
}

/** Maximum size of a message with encoded attachments. The message is in memory, because the client announces its size. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

/**
 * Composes the message of a request.
 *
 * @throws UsageError for an invalid address or header, or an attachment that cannot be read
 */
export async function compose(request: SmtpRequest): Promise<Message> {
  validateRequest(request)
  const from = request.from === NULL_SENDER ? undefined : parseMailbox('from', request.from)
  const [to, cc, bcc] = (['to', 'cc', 'bcc'] as const).map(field =>
    listOf(request[field]).map(recipient => parseMailbox(field, recipient)),
  ) as [Mailbox[], Mailbox[], Mailbox[]]
  const recipients = new Set([...to, ...cc, ...bcc].map(toAscii))
  const envelope = { from: from ? toAscii(from) : '', to: [...recipients] }
  if (request.raw !== undefined) {
    const content = withCrlf(Buffer.from(request.raw))
    return { envelope, messageId: messageIdOf(content), content }
  }
  const node = new MailComposer(mailOptions(request, { from, to, cc })).compile()
  return { envelope, messageId: node.messageId(), content: withCrlf(await read(node.createReadStream())) }
}

function mailOptions(
  { subject, text, html, attachments = [] }: SmtpRequest,
  { from, to, cc }: { from: Mailbox | undefined; to: Mailbox[]; cc: Mailbox[] },
): MailComposer.Options {
  return {
    from,
    ...(to.length > 0 && { to }),
    ...(cc.length > 0 && { cc }),
    subject,
    text,
    html,
    attachments: attachments.map(attachmentOptions),
    newline: 'win',
    disableUrlAccess: true,
  }
}

function attachmentOptions({ filename, path, content, cid }: Attachment) {
  return {
    ...(cid === undefined ? {} : { cid }),
    ...(filename === undefined ? {} : { filename }),
    ...(path === undefined ? {} : { path }),
    ...(content === undefined ? {} : { content: Buffer.from(content) }),
  }
}

/** Converts the domain to ASCII (RFC 5891), unless the local part requires SMTPUTF8 anyway. */
function toAscii({ address }: Mailbox): string {
  const at = address.lastIndexOf('@')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (at < 0 || !/^[\u0000-\u007f]*$/.test(address.slice(0, at))) return address
  const domain = address.slice(at + 1)
  return `${address.slice(0, at)}@${domainToASCII(domain) || domain}`
}

/** Returns the Message-ID of a raw message; `''` if it has none. */
function messageIdOf(content: Buffer): string {
  const header =
    content
      .subarray(0, 64 * 1024)
      .toString('latin1')
      .split(/\r?\n\r?\n/, 1)[0] ?? ''
  return /^message-id:\s*(<[^<>]*>)/im.exec(header)?.[1] ?? ''
}

/** Ends every line, including the last, with CRLF, the only line ending in SMTP (RFC 5321, section 2.3.8). */
function withCrlf(content: Buffer): Buffer {
  const text = content.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      size += chunk.length
      if (size > MAX_MESSAGE_BYTES)
        throw new UsageError(`the message is larger than ${MAX_MESSAGE_BYTES} bytes. Send smaller attachments`)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`cannot compose the message: ${errorText(error)}`, { cause: error })
  }
  return Buffer.concat(chunks, size)
}
