/** The SMTP client: `fourwire smtp send`. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import * as z from 'zod'
import { errorText, UsageError } from '../../shared/errors.ts'
import { type ClientContext, type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { describeResult, partialFailure } from './result.ts'
import { send } from './send.ts'

export type { Attachment, SmtpRequest } from './request.ts'
export type { RejectedRecipient, SendResult, SmtpReply } from './result.ts'
export { send } from './send.ts'

const sendCommand = defineCommand({
  name: 'send',
  summary: 'send a message',
  positional: [],
  input: z.object({
    from: z
      .string('give the sender, as in: --from ADDRESS')
      .describe('sender; "<>" for a bounce')
      .meta({ placeholder: 'ADDRESS' }),
    to: z
      .array(z.string(), 'give a recipient, as in: --to ADDRESS')
      .min(1)
      .describe('recipient; may be given several times')
      .meta({ placeholder: 'ADDRESS' }),
    subject: z.string().optional().describe('subject of the message').meta({ flag: '-s, --subject' }),
    text: z.string().optional().describe('text of the message'),
    file: z
      .string()
      .optional()
      .describe('file with the text of the message (- for standard input)')
      .meta({ placeholder: 'FILE' }),
    attach: z
      .array(z.string())
      .optional()
      .describe('file to attach; may be given several times')
      .meta({ placeholder: 'FILE' }),
    server: z
      .string()
      .optional()
      .describe('server to send through (default: the running suite)')
      .meta({ placeholder: 'HOST:PORT' }),
  }),
  example: 'fourwire smtp send --from me@fourwire.test --to you@fourwire.test --subject Hi --text "How are you?"',
  run: async ({ from, to, subject, text, file, attach, server }, context) => {
    if (text !== undefined && file !== undefined)
      throw new UsageError('--text and --file exclude each other. Give one of them')
    const isEmpty = [subject, text, file, attach].every(part => part === undefined)
    if (isEmpty) throw new UsageError('the message is empty. Give --subject, --text, --file or --attach')
    const attachments = attach?.map(name => ({ filename: path.basename(name), path: name }))
    const body = file === undefined ? text : await readText(file, context)
    const result = await send({ from, to, subject, text: body ?? '', attachments, server }, context)
    context.show(result, describeResult(result))
    const failure = partialFailure(result)
    if (failure) throw failure
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

/** The command `fourwire smtp send`, for the launcher. Programs call `send`. */
export const smtp: ClientDefinition = {
  name: 'smtp',
  summary: 'send mail',
  commands: [sendCommand],
}
