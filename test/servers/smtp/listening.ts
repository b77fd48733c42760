/** An SMTP server on its own, with a mailbox and a log that the test chooses. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { smtp, smtpOptions } from '../../../servers/smtp/index.ts'
import { Directory } from '../../../shared/directory.ts'
import { FileTree } from '../../../shared/files.ts'
import { createLog } from '../../../shared/log.ts'
import type { Mailbox } from '../../../shared/store/mailbox.ts'
import { Trace } from '../../../shared/trace/trace.ts'

/** Listens on a free port until the test is over; `logged` holds the lines of the log. */
export async function listenWith(mail: Mailbox): Promise<{ port: number; logged: string[] }> {
  const dataFolder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-smtp-'))
  const logged: string[] = []
  const service = smtp.create(smtpOptions.parse({ port: 0 }), {
    trace: new Trace(),
    log: createLog('info', { write: line => logged.push(line) }),
    directory: new Directory(),
    files: await FileTree.open(path.join(dataFolder, 'www')),
    mail,
    dataFolder,
    drainTime: 3000,
  })
  onTestFinished(async () => {
    await service.close()
    await rm(dataFolder, { recursive: true })
  })
  const [endpoint] = await service.listen()
  if (!endpoint) throw new Error('it listens nowhere')
  return { port: endpoint.port, logged }
}
