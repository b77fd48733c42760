/** Starts SMTP servers for tests: in a suite, or with a store that a test has prepared. */
import { onTestFinished } from 'vitest'
import { smtp } from '../../../servers/smtp/index.ts'
import type { SmtpOptions } from '../../../servers/smtp/options.ts'
import type { Suite, SuiteOptions } from '../../../shared/launcher/index.ts'
import type { Context } from '../../../shared/service.ts'
import type { MailStoreOptions } from '../../../shared/store/mail/mail-store.ts'
import { createStoreParts, openEngine } from '../../../shared/store/open-store.ts'
import { type OpenStore, Store } from '../../../shared/store/store.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { startService } from '../../helpers/service.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

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
  return { ...createStoreParts(engine, { passwordCost: LOWEST_COST, ...options }), close }
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

/** Starts a suite with SMTP only, and connects to it. */
export async function openSession(options: SuiteOptions['smtp'] = {}): Promise<{ suite: Suite<'smtp'>; wire: Wire }> {
  const suite = await suiteFor({ services: ['smtp'], smtp: options })
  return { suite, wire: await Wire.connect(suite.smtp.port) }
}
