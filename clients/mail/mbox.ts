/** Messages as an mbox file (RFC 4155, appendix A), which mutt and other mail programs read. Pure. */

export interface MboxMessage {
  /** The reverse-path; `''` for the null reverse-path. */
  readonly from: string
  /** When the server accepted the message, as ISO 8601. */
  readonly date: string
  readonly raw: Uint8Array
}

/** A line that begins like this would be taken for the start of the next message. */
const SEPARATOR_LIKE = /^(>*From )/gm

/**
 * Returns a message with its separator line. Lines end with LF, and one more `>` precedes lines that begin with `From ` or
 * `>From ` ("mboxrd"), so that a reader can restore them.
 */
export function toMbox({ from, date, raw }: MboxMessage): Buffer {
  const separator = `From ${from === '' ? 'MAILER-DAEMON' : from.replace(/\s/g, '_')} ${asctime(new Date(date))}\n`
  // Latin-1 keeps every byte as it is.
  const lines = Buffer.from(raw).toString('latin1').replaceAll('\r\n', '\n').replace(SEPARATOR_LIKE, '>$1')
  return Buffer.concat([Buffer.from(separator), Buffer.from(lines.endsWith('\n') ? lines : `${lines}\n`, 'latin1'), LF])
}

const LF = Buffer.from('\n')

/** The format of C's `asctime` in UTC: `Sat Nov 28 05:57:31 2026`. */
function asctime(date: Date): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = date.toUTCString().split(/,? /)
  return `${weekday} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`
}
