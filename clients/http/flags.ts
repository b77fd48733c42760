/** The arguments and flags of `fourwire http`, with the names that curl has if it has the flag. */
import * as z from 'zod'

/** Bounds the number of requests of `--repeat`. */
const MAX_REPEAT = 1_000_000
/** Bounds the number of connections of `--parallel`. */
const MAX_PARALLEL = 1000

const text = (describe: string, flag: string, placeholder: string) =>
  z.string().optional().describe(describe).meta({ flag, placeholder })
const list = (describe: string, flag: string, placeholder: string) =>
  z.array(z.string()).default([]).describe(describe).meta({ flag, placeholder })
const toggle = (describe: string, flag: string) => z.boolean().default(false).describe(describe).meta({ flag })

export const requestFlags = z.object({
  request: z
    .array(z.string())
    .min(1, 'give [METHOD] URL')
    .describe('[METHOD] URL, such as PUT http://127.0.0.1:8080/x'),
  method: text('method of the request, as METHOD before the URL', '-X, --method', 'METHOD'),
  head: toggle('request only the head of the response: HEAD', '-I, --head'),
  header: list(
    "header field to send, such as 'Accept: text/plain' (repeatable); 'Name:' omits a default field",
    '-H, --header',
    'FIELD',
  ),
  body: list(
    'body to send: TEXT, @FILE, or @- for standard input; several are joined by &; the default method becomes POST',
    '-d, --body',
    'BODY',
  ),
  jsonBody: text('like -d, as JSON: sets Content-Type and Accept; --json DATA is the same', '-j, --json-body', 'DATA'),
  form: list(
    'part of a form, multipart/form-data: NAME=TEXT, or NAME=@FILE for an upload (repeatable)',
    '-F, --form',
    'PART',
  ),
  urlencoded: toggle(
    'send the body of -d as a form, also if it is JSON; --form without PART is the same',
    '-f, --urlencoded',
  ),
  user: text('credentials to send (Basic)', '-u, --user', 'USER:PASSWORD'),
  include: toggle('print the status line and header fields too', '-i, --include'),
  verbose: toggle('print the heads of requests and responses on standard error, as curl does', '-v, --verbose'),
  output: text('write the body to FILE', '-o, --output', 'FILE'),
  remoteName: toggle('write the body to a file with the last name of the URL', '-O, --remote-name'),
  continue: toggle('continue an interrupted download of -o or -O', '--continue'),
  follow: toggle('follow redirects', '-L, --follow'),
  compressed: toggle('accept a compressed body and decompress it', '--compressed'),
  session: z
    .string()
    .optional()
    .describe('keep cookies in FILE, and send those that match; created if it does not exist')
    .meta({ placeholder: 'FILE' }),
  http2: toggle('use HTTP/2: offer it to https servers, send it to http servers without negotiation', '--http2'),
  resolve: list('connect to ADDRESS for this host and port (repeatable)', '--resolve', 'HOST:PORT:ADDRESS'),
  cacert: z
    .string()
    .optional()
    .describe("authorities to trust for https, a PEM file (default: the running suite's and the system's)")
    .meta({ placeholder: 'FILE' }),
  insecure: toggle('do not verify the certificate of an https server', '-k, --insecure'),
  timings: toggle('draw how long the steps took, on standard error', '--timings'),
  repeat: z
    .number()
    .int()
    .min(1)
    .max(MAX_REPEAT)
    .optional()
    .describe('send the request N times and print how long they took')
    .meta({ placeholder: 'N' }),
  parallel: z
    .number()
    .int()
    .min(1)
    .max(MAX_PARALLEL)
    .default(1)
    .describe('connections that send the requests of --repeat')
    .meta({ placeholder: 'N' }),
  curl: toggle('print the curl command for the request instead of sending it', '--curl'),
})
