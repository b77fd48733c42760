/** The SMTP client: `fourwire smtp send`. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import * as z from 'zod'
import { errorText, UsageError } from '../../shared/errors.ts'
import { type ClientContext, type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { describeReply, partlyRefused } from './reply.ts'
import { send } from './send.ts'

export type { RejectedRecipient, ServerWords, SmtpReply } from './reply.ts'
export type { Attachment, SmtpRequest } from './request.ts'
export { send } from './send.ts'

const sendCommand = defineCommand({
  name: 'send',
  summary: 'send a message',
  positional: [],
  input: z.object({
    from: z
      .string('give the sender: --from ADDRESS')
      .describe('who it is from; "<>" for a bounce')
      .meta({ placeholder: 'ADDRESS' }),
    to: z
      .array(z.string(), 'give a recipient: --to ADDRESS')
      .min(1)
      .describe('who it is for; may be given several times')
      .meta({ placeholder: 'ADDRESS' }),
    subject: z.string().optional().describe('what it is about').meta({ flag: '-s, --subject' }),
    text: z.string().optional().describe('the text itself'),
    file: z
      .string()
      .optional()
      .describe('the text is in this file (- for standard input)')
      .meta({ placeholder: 'FILE' }),
    attach: z
      .array(z.string())
      .optional()
      .describe('a file to attach; may be given several times')
      .meta({ placeholder: 'FILE' }),
    server: z
      .string()
      .optional()
      .describe('server to send through (default: the running suite)')
      .meta({ placeholder: 'HOST:PORT' }),
  }),
  example: 'fourwire smtp send --from me@fourwire.test --to you@fourwire.test --subject Hi --text "How are you?"',
  run: async ({ from, to, subject, text, file, attach, server }, context) => {
    if (text !== undefined && file !== undefined) throw new UsageError('--text and --file cannot go together')
    const isEmpty = [subject, text, file, attach].every(part => part === undefined)
    if (isEmpty) throw new UsageError('the message is empty. Give --subject, --text, --file or --attach')
    const attachments = attach?.map(name => ({ filename: path.basename(name), path: name }))
    const body = file === undefined ? text : await readText(file, context)
    const reply = await send({ from, to, subject, text: body ?? '', attachments, server }, context)
    context.show(reply, describeReply(reply))
    const refused = partlyRefused(reply)
    if (refused) throw refused
  },
})

async function readText(file: string, { stdin, signal }: ClientContext): Promise<string> {
  try {
    const bytes = file === '-' ? await buffer(addAbortSignal(signal, stdin)) : await readFile(file, { signal })
    return bytes.toString('utf8')
  } catch (error) {
    signal.throwIfAborted()
    throw new UsageError(`--file: cannot read ${JSON.stringify(file)}: ${errorText(error)}`, { cause: error })
  }
}

/** The command `fourwire smtp send`, for the launcher; programs call `send`. */
export const smtp: ClientDefinition = {
  name: 'smtp',
  summary: 'send mail',
  commands: [sendCommand],
}
