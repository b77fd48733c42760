/** Starts an SMTP server with the mailbox of a test. */
import { onTestFinished } from 'vitest'
import { smtp, smtpOptions } from '../../../servers/smtp/index.ts'
import type { Mailbox } from '../../../shared/store/mailbox.ts'
import { createTestContext } from '../../helpers/context.ts'

/** Starts a server on a free port until the end of the test. `logged` has the lines of the log. */
export async function startServer(mail: Mailbox): Promise<{ port: number; logged: string[] }> {
  const { context, logged } = await createTestContext({ mail })
  const service = smtp.create(smtpOptions.parse({ port: 0 }), context)
  onTestFinished(() => service.close())
  const [endpoint] = await service.listen()
  if (!endpoint) throw new Error('the server has no endpoint')
  return { port: endpoint.port, logged }
}
