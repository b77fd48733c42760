/** The mail client: `fourwire mail`. Shows, awaits and deletes the mail that the SMTP server accepted. */
import { once } from 'node:events'
import * as z from 'zod'
import { type ClientContext, type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { formatList, formatMessage } from './format.ts'
import { Mailbox, type MailSummary } from './mailbox.ts'
import { toMbox } from './mbox.ts'
import { type ServerFlags, serverOptions } from './options.ts'
import { waitFor } from './wait.ts'

export { Mailbox, type MailDetail, type MailQuery, type MailSummary } from './mailbox.ts'
export { waitFor } from './wait.ts'

const conversation = z.boolean().default(false).describe('print the SMTP session too')
const words = (description: string) => z.string().optional().describe(description).meta({ placeholder: 'TEXT' })

const listCommand = defineCommand({
  name: 'list',
  summary: 'list messages, newest first',
  positional: ['query'],
  input: z.object({
    query: z
      .array(z.string())
      .default([])
      .describe('words, from: to: subject: text: with a word, has:attachment, is:unseen, before: after: with a date'),
    mailbox: z.string().optional().describe('messages in the mailbox of this address').meta({ placeholder: 'ADDRESS' }),
    limit: z.number().int().min(1).max(1000).default(100).describe('messages to list, up to 1000'),
    ...serverOptions,
  }),
  example: 'fourwire mail list from:ann has:attachment',
  run: async ({ query, mailbox, limit, ...flags }, context) => {
    const messages = await new Mailbox(flags, context).list({ query: query.join(' '), mailbox, limit })
    context.show(messages, formatList(messages))
  },
})

const showCommand = defineCommand({
  name: 'show',
  summary: 'print a message: header, text, attachments',
  positional: ['id'],
  input: z.object({
    id: z.string().describe('id of the message, as in the list'),
    conversation,
    ...serverOptions,
  }),
  example: 'fourwire mail show 01a2209c-218d-76ac-a88f-c39a574ea893 --conversation',
  run: async ({ id, conversation, ...flags }, context) => {
    const message = await new Mailbox(flags, context).get(id)
    context.show(message, formatMessage(message, conversation))
  },
})

const rawCommand = defineCommand({
  name: 'raw',
  summary: 'print a message as it is stored (RFC 5322)',
  positional: ['id'],
  input: z.object({ id: z.string().describe('id of the message'), ...serverOptions }),
  example: 'fourwire mail raw 01a2209c-218d-76ac-a88f-c39a574ea893 > message.eml',
  run: async ({ id, ...flags }, context) => {
    const raw = Buffer.from(await new Mailbox(flags, context).raw(id))
    if (context.json) context.show({ id, encoding: 'base64', raw: raw.toString('base64') }, '')
    else context.stdout.write(raw)
  },
})

const exportCommand = defineCommand({
  name: 'export',
  summary: 'print messages as an mbox file (RFC 4155), oldest first',
  positional: ['query'],
  input: z.object({
    query: z.array(z.string()).default([]).describe('words and conditions, as for list'),
    mailbox: z.string().optional().describe('messages in the mailbox of this address').meta({ placeholder: 'ADDRESS' }),
    ...serverOptions,
  }),
  example: 'fourwire mail export to:alice > alice.mbox',
  run: async ({ query, mailbox: address, ...flags }, context) => {
    const mailbox = new Mailbox(flags, context)
    const messages: MailSummary[] = []
    for await (const message of mailbox.all({ query: query.join(' '), mailbox: address })) messages.push(message)
    if (context.json) return context.show(messages.toReversed(), '')
    for (const { id, from, date } of messages.toReversed()) {
      const raw = await mailbox.raw(id)
      if (!context.stdout.write(toMbox({ from, date, raw }))) await once(context.stdout, 'drain')
    }
  },
})

const waitCommand = defineCommand({
  name: 'wait',
  summary: 'wait for a message, up to --timeout, and print it',
  positional: [],
  input: z.object({
    to: words('part of the address of a recipient'),
    from: words('part of the sender'),
    subject: words('part of the subject'),
    text: words('part of the text'),
    conversation,
    ...serverOptions,
  }),
  example: 'fourwire mail wait --to alice@fourwire.test --subject Welcome --timeout 30',
  run: async ({ to, from, subject, text, conversation, ...flags }, context) => {
    const message = await waitFor(new Mailbox(flags, context), { to, from, subject, text }, context.timeout)
    context.show(message, formatMessage(message, conversation))
  },
})

const deleteCommand = defineCommand({
  name: 'delete',
  summary: 'delete messages',
  positional: ['ids'],
  input: z.object({
    ids: z.array(z.string()).min(1, 'give the id of a message').describe('ids of the messages'),
    ...serverOptions,
  }),
  example: 'fourwire mail delete 01a2209c-218d-76ac-a88f-c39a574ea893',
  run: async ({ ids, ...flags }, context) => {
    const mailbox = new Mailbox(flags, context)
    for (const id of ids) await mailbox.delete(id)
    showDeleted(ids.length, context)
  },
})

const clearCommand = defineCommand({
  name: 'clear',
  summary: 'delete all messages',
  positional: [],
  input: z.object(serverOptions),
  example: 'fourwire mail clear',
  run: async (flags: ServerFlags, context) => showDeleted(await new Mailbox(flags, context).clear(), context),
})

function showDeleted(count: number, context: ClientContext): void {
  context.show({ deleted: count }, `${count} ${count === 1 ? 'message' : 'messages'} deleted`)
}

/** The commands `fourwire mail list|show|raw|export|wait|delete|clear`. Programs use `Mailbox` and `waitFor`. */
export const mail: ClientDefinition = {
  name: 'mail',
  summary: 'show, await and delete the mail that the SMTP server accepted',
  commands: [listCommand, showCommand, rawCommand, exportCommand, waitCommand, deleteCommand, clearCommand],
}
