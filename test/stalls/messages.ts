/** The messages of the table: each is the worst of its kind, as large as the server accepts. Pure. */

export interface Input {
  readonly name: string
  /** The whole session of a client. */
  session(): Buffer
}

/** Bytes of the largest content; the server accepts messages of 10 MiB with their header section. */
const LARGEST = 10 * 1024 * 1024 - 1000
const CHUNK_LINE_BYTES = 76
const TEXT_LINE = `${'lorem ipsum dolor '.repeat(4)}\r\n`

/** Repeats a text up to a size. */
function fill(text: string, size: number = LARGEST): string {
  return text.repeat(Math.floor(size / text.length))
}

function envelope(recipients: readonly string[] = ['bob@fourwire.test']): string {
  const rcpt = recipients.map(recipient => `RCPT TO:<${recipient}>\r\n`).join('')
  return `EHLO client.example\r\nMAIL FROM:<ann@client.example>\r\n${rcpt}`
}

/** A session that sends a message with DATA. A dot at the start of a line is doubled. */
function data(name: string, message: () => string, recipients?: readonly string[]): Input {
  const session = () => {
    const stuffed = message().replaceAll('\r\n.', '\r\n..')
    return Buffer.from(`${envelope(recipients)}DATA\r\n${stuffed}\r\n.\r\nQUIT\r\n`, 'latin1')
  }
  return { name, session }
}

function bdat(name: string, content: () => string, chunk: number): Input {
  const session = () => {
    const bytes = content()
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) => {
      const part = bytes.slice(index * chunk, (index + 1) * chunk)
      return `BDAT ${part.length}\r\n${part}`
    })
    return Buffer.from(`${envelope()}${chunks.join('')}BDAT 0 LAST\r\nQUIT\r\n`, 'latin1')
  }
  return { name, session }
}

function field(name: string, type: string, body: () => string): Input {
  return data(name, () => `Subject: ${name}\r\nContent-Type: ${type}\r\n\r\n${body()}`)
}

/** Levels of multipart parts within each other. */
function nested(levels: number): string {
  const open = Array.from(
    { length: levels },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
  )
  return `Subject: nested\r\n${open.join('')}\r\ntext\r\n`
}

function base64Attachment(): string {
  const head = 'Subject: attachment\r\nContent-Type: application/octet-stream; name=a.bin\r\n'
  const transfer = 'Content-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n'
  return `${head}${transfer}${fill(`${'QUJD'.repeat(CHUNK_LINE_BYTES / 4)}\r\n`)}`
}

export const MESSAGES: readonly Input[] = [
  data('10 MiB of text', () => `Subject: text\r\n\r\n${fill(TEXT_LINE)}`),
  data('10 MiB of CRLF', () => `Subject: lines\r\n\r\n${fill('\r\n')}`),
  data('7 MiB of lines of a dot', () => `Subject: dots\r\n\r\n${fill('.\r\n', 7 * 1024 * 1024)}`),
  data('10 MiB of bare LF', () => `Subject: newlines\r\n\r\n${fill('\n')}`),
  data('10 MiB in one line', () => `Subject: line\r\n\r\n${fill('x')}`),
  data('10 MiB of NUL', () => `Subject: zeros\r\n\r\n${fill('\0')}`),
  data('10 MiB of bytes without UTF-8', () => `Subject: bytes\r\n\r\n${fill('\xff\xfe\x80')}`),
  data('17,000 folded lines', () => `Subject: a\r\n${' \r\n'.repeat(17_000)}X: y\r\n\r\ntext\r\n`),
  data('subject of 51 kB', () => `Subject: ${'abcdefg\r\n '.repeat(5100)}\r\n\r\ntext\r\n`),
  data(
    'subject of encoded words',
    () => `Subject: ${'=?utf-8?Q?=C3=A4=F0=9F=98=80?=\r\n '.repeat(8000)}x\r\n\r\nt\r\n`,
  ),
  data('header of 10 MiB', () => `${fill('X-Field: value of a field\r\n')}\r\ntext\r\n`),
  data('To with 200,000 groups', () => `To: ${'a:;,\r\n '.repeat(200_000)}b:;\r\n\r\ntext\r\n`),
  data('To with 200,000 addresses', () => `To: ${'a <a@b.test>,\r\n '.repeat(200_000)}b@c.test\r\n\r\ntext\r\n`),
  field('format=flowed', 'text/plain; format=flowed', () => fill('a b \r\n')),
  field('HTML of 10 MiB', 'text/html', () => fill('<div><a href="http://x.test/">y</a>\r\n')),
  field('HTML of open tags', 'text/html', () => fill('<b\r\n')),
  field('links', 'text/plain', () => fill('http://x.test/?a http://y.test/\r\n')),
  field('100,000 parts', 'multipart/mixed; boundary=b', () => '--b\r\n\r\nx\r\n'.repeat(100_000)),
  field('900 parts', 'multipart/mixed; boundary=b', () =>
    '--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n'.repeat(900),
  ),
  data('nesting of 1,000 parts', () => nested(1000)),
  data('base64 attachment of 10 MiB', base64Attachment),
  data(
    '1,000 recipients',
    () => 'Subject: many\r\n\r\ntext\r\n',
    Array.from({ length: 1000 }, (_, index) => `user${index}@fourwire.test`),
  ),
  bdat('BDAT, one chunk of 10 MiB', () => `Subject: chunk\r\n\r\n${fill(TEXT_LINE)}`, LARGEST),
  bdat('BDAT, 5,000 chunks of a byte', () => `Subject: chunks\r\n\r\n${fill(TEXT_LINE, 5000)}`, 1),
]

/** A session that sends content without an end. */
export function endless(bytes: number): Buffer {
  return Buffer.from(`${envelope()}DATA\r\nSubject: endless\r\n\r\n${fill(TEXT_LINE, bytes)}`)
}
