/** The service extensions in the reply to EHLO (RFC 5321, section 4.1.1.1). Pure. */

export interface OfferedExtensions {
  /** Bytes of the largest message. */
  readonly maxSize: number
  readonly starttls: boolean
  /** Empty if AUTH is not offered. */
  readonly authMethods: readonly string[]
}

/** Returns the keywords, each with its parameters. */
export function extensions({ maxSize, starttls, authMethods }: OfferedExtensions): string[] {
  return [
    'PIPELINING',
    `SIZE ${maxSize}`,
    '8BITMIME',
    'SMTPUTF8',
    'CHUNKING',
    'DSN',
    'ENHANCEDSTATUSCODES',
    ...(starttls ? ['STARTTLS'] : []),
    ...(authMethods.length > 0 ? [`AUTH ${authMethods.join(' ')}`] : []),
    'HELP',
  ]
}
