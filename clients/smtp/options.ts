/** The flags of `fourwire smtp send`. */
import * as z from 'zod'
import { verificationFlags } from '../../shared/net/tls/verification-flags.ts'

export const sendInput = z.object({
  from: z
    .string('give the sender, as in: --from ADDRESS')
    .describe('sender; "<>" for a bounce')
    .meta({ placeholder: 'ADDRESS' }),
  to: recipients('recipient; may be given several times'),
  cc: recipients('recipient of a copy; may be given several times'),
  bcc: recipients('recipient that the header does not name; may be given several times'),
  subject: z.string().optional().describe('subject of the message').meta({ flag: '-s, --subject' }),
  text: z.string().optional().describe('text of the message'),
  file: file('file with the text of the message (- for standard input)'),
  html: z.string().optional().describe('the message as HTML, in addition to the text or instead of it'),
  htmlFile: file('file with the HTML (- for standard input)'),
  attach: files('file to attach; may be given several times'),
  inline: files(
    'image that the HTML shows as cid:NAME, where NAME is the name of the file; may be given several times',
  ),
  eml: file('file with a whole message to send as it is (- for standard input)'),
  server: z
    .string()
    .optional()
    .describe('server to send through (default: the running suite)')
    .meta({ placeholder: 'HOST:PORT' }),
  mx: z.boolean().default(false).describe("send to the mail exchangers of the recipients' domains, as a relay does"),
  starttls: z.boolean().default(false).describe('encrypt with STARTTLS, or fail'),
  starttlsIfOffered: z.boolean().default(false).describe('encrypt with STARTTLS if the server offers it'),
  tls: z.boolean().default(false).describe('encrypt from the first byte (implicit TLS)'),
  ...verificationFlags,
  user: z.string().optional().describe('log in with AUTH; needs --password').meta({ placeholder: 'NAME' }),
  password: z.string().optional().describe('password of --user; sent over TLS, or to this machine only'),
  notify: z
    .string()
    .optional()
    .describe('events to be notified of (DSN): "never", or some of "success,failure,delay"')
    .meta({ placeholder: 'EVENTS' }),
  ret: z.enum(['full', 'hdrs']).optional().describe('what a notification returns: "full" message or "hdrs" only'),
  envid: z.string().optional().describe('name of the transaction in notifications').meta({ placeholder: 'ID' }),
})

/** The flags, parsed. */
export type SendInput = z.output<typeof sendInput>

function recipients(description: string) {
  return z.array(z.string()).optional().describe(description).meta({ placeholder: 'ADDRESS' })
}

function file(description: string) {
  return z.string().optional().describe(description).meta({ placeholder: 'FILE' })
}

function files(description: string) {
  return z.array(z.string()).optional().describe(description).meta({ placeholder: 'FILE' })
}
