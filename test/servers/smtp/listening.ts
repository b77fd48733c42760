/** An SMTP server on its own, with a mailbox that the test chooses. */
import { onTestFinished } from 'vitest'
import { smtp, smtpOptions } from '../../../servers/smtp/index.ts'
import type { Mailbox } from '../../../shared/store/mailbox.ts'
import { createTestContext } from '../../helpers/context.ts'

/** Listens on a free port until the test is over; `logged` holds the lines of the log. */
export async function listenWith(mail: Mailbox): Promise<{ port: number; logged: string[] }> {
  const { context, logged } = await createTestContext({ mail })
  const service = smtp.create(smtpOptions.parse({ port: 0 }), context)
  onTestFinished(() => service.close())
  const [endpoint] = await service.listen()
  if (!endpoint) throw new Error('it listens nowhere')
  return { port: endpoint.port, logged }
}
