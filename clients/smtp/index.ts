/** The SMTP client: `fourwire smtp send`. */
import { type ClientDefinition, defineCommand } from '../../shared/service.ts'
import { sendInput } from './options.ts'

export type { Attachment, Credentials, DsnRequest, SmtpEncryption, SmtpRequest } from './request.ts'
export {
  RecipientsRefusedError,
  type RejectedRecipient,
  type SendResult,
  type SmtpReply,
  type SmtpSession,
} from './result.ts'
export { send } from './send.ts'

const sendCommand = defineCommand({
  name: 'send',
  summary: 'send a message',
  positional: [],
  input: sendInput,
  example: 'fourwire smtp send --from me@fourwire.test --to you@fourwire.test --subject Hi --text "How are you?"',
  run: async (input, context) => {
    const { runSend } = await import('./command.ts')
    await runSend(input, context)
  },
})

/** The command `fourwire smtp send`, for the launcher. Programs call `send`. */
export const smtp: ClientDefinition = {
  name: 'smtp',
  summary: 'send mail',
  commands: [sendCommand],
}
