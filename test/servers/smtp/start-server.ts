/** Starts an SMTP server whose store a test has prepared. */
import { onTestFinished } from 'vitest'
import { smtp } from '../../../servers/smtp/index.ts'
import type { SmtpOptions } from '../../../servers/smtp/options.ts'
import type { Context } from '../../../shared/service.ts'
import { Accounts } from '../../../shared/store/accounts.ts'
import { MailStore, type MailStoreOptions } from '../../../shared/store/mail/mail-store.ts'
import { openEngine } from '../../../shared/store/open-store.ts'
import { type OpenStore, Store } from '../../../shared/store/store.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { startService } from '../../helpers/service.ts'

export interface TestServer {
  readonly port: number
  /** The lines of the log. */
  readonly logged: string[]
  readonly store: OpenStore
  close(): Promise<void>
}

/** Starts a server on a free port until the end of the test, on a store in memory. */
export async function startServer(
  options: Partial<SmtpOptions> = {},
  { maxBytes, ...given }: MailStoreOptions & Partial<Context> = {},
): Promise<TestServer> {
  const store = await openTestStore({ maxBytes })
  const { port, logged, service } = await startService(smtp, options, { store: new PreparedStore(store), ...given })
  return { port, logged, store, close: () => service.close() }
}

async function openTestStore(options: MailStoreOptions): Promise<OpenStore> {
  const engine = await openEngine({ kind: 'memory' })
  const close = () => engine.close()
  onTestFinished(close)
  return {
    accounts: new Accounts(engine.db, { passwordCost: LOWEST_COST }),
    mail: new MailStore(engine, options),
    close,
  }
}

/** A store with bounds that `Store` does not offer, or that a test closes too early. */
class PreparedStore extends Store {
  readonly #opened: OpenStore

  constructor(opened: OpenStore) {
    super({ kind: 'memory' })
    this.#opened = opened
  }

  override async open(): Promise<OpenStore> {
    return this.#opened
  }
}
