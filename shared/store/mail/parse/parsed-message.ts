/** A message as its MIME structure describes it (RFC 5322, RFC 2045). Pure. */

/** One address of a header field. */
export interface MailAddress {
  /** The display name, decoded; `''` without one. */
  readonly name: string
  readonly address: string
}

/** The addresses of the header, which can differ from those of the envelope. */
export interface MailAddresses {
  readonly from: readonly MailAddress[]
  readonly to: readonly MailAddress[]
  readonly cc: readonly MailAddress[]
  readonly replyTo: readonly MailAddress[]
}

/** A header field, unfolded and decoded (RFC 2047, RFC 6532). */
export interface HeaderField {
  /** In the case of the message. */
  readonly name: string
  readonly value: string
}

/** An attachment without its content. */
export interface AttachmentSummary {
  /** `''` without one. */
  readonly filename: string
  /** The media type in lower case, without parameters. */
  readonly type: string
  /** Bytes of the decoded content. */
  readonly size: number
  /** The Content-ID without angle brackets: HTML refers to it as `cid:...` (RFC 2392). */
  readonly cid?: string | undefined
  /** True for an image that the HTML shows in place. */
  readonly inline: boolean
}

export interface Attachment extends AttachmentSummary {
  readonly content: Uint8Array
}

/** What the header section of a message states. */
export interface ParsedHeader {
  readonly headers: readonly HeaderField[]
  readonly addresses: MailAddresses
  /** The Date field; undefined if it is missing or invalid. */
  readonly date?: Date | undefined
}

/** What the content of a message is. */
export interface ParsedContent<Part extends AttachmentSummary = Attachment> {
  /** The plain text, or the text of the HTML if the message has no plain text. */
  readonly text: string
  /** True if `text` was made from the HTML. */
  readonly textIsFromHtml?: true | undefined
  readonly html?: string | undefined
  /** The URLs in text and HTML, each once, in the order of their appearance. */
  readonly links: readonly string[]
  readonly attachments: readonly Part[]
  /** True if text, HTML or links were longer than the bounds of the parser. */
  readonly truncated: boolean
  /** Why the content could not be parsed; it is then empty. */
  readonly problem?: string | undefined
}

export interface ParsedMessage extends ParsedHeader, ParsedContent {}
