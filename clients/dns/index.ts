/** The dns client: `fourwire dns`. */
import { z } from 'zod'
import { RefusedError } from '../../shared/errors.ts'
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { query } from './query.ts'

export { type DnsQuery, type DnsReply, query } from './query.ts'

const ask = defineCommand({
  name: '',
  summary: 'ask a name server for the records of a name',
  positional: ['name', 'type'],
  input: z.object({
    name: z.string().min(1).describe('the name to ask for'),
    type: z.string().default('A').describe('the type of records: A, AAAA, MX, TXT, SRV, NS, SOA, ANY ... or TYPE65'),
    tcp: z.boolean().default(false).describe('ask by TCP at once'),
    server: z
      .string()
      .optional()
      .describe('server to ask (default: the running suite; port 53 where none is named)')
      .meta({ placeholder: 'HOST:PORT' }),
  }),
  example: 'fourwire dns www.fourwire.test',
  run: async (input, context) => {
    const [reply, { explainRcode, printReply, replyJson }] = await Promise.all([
      query(input, context),
      import('./print-reply.ts'),
    ])
    context.show(replyJson(reply), printReply(reply))
    if (reply.rcode === 'NOERROR') return
    const text = explainRcode(reply.rcode)
    throw new RefusedError(reply.rcode, text, { message: `${reply.rcode} for ${input.name}: ${text}` })
  },
})

/** The command `fourwire dns NAME [TYPE]`, for the launcher; programs call `query`. */
export const dns: ClientDefinition = {
  name: 'dns',
  summary: 'asks name servers, as dig does',
  commands: [ask],
}
