/** The SMTP server: accepts connections, recipients and credentials, and stores messages. */
import { Lazy } from '../../shared/async/lazy.ts'
import { errorText } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/net/address.ts'
import { type ConnectionHandler, type StreamConnection, StreamServer } from '../../shared/net/stream-server.ts'
import { smtp } from '../../shared/protocols/smtp.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import type { OpenStore } from '../../shared/store/store.ts'
import type { ReceivedMessage, Rules } from './adapter/rules.ts'
import type { SmtpLibrary } from './adapter/smtp-server.ts'
import { AcceptedDomains } from './commands/accepted-domains.ts'
import { MessageBudget, memoryOf } from './message/message-budget.ts'
import { MessageStorage } from './message/message-storage.ts'
import { QuotaCheck } from './message/quota-check.ts'
import type { SmtpOptions } from './options.ts'
import { AUTH_UNAVAILABLE, COMMAND_FAILED, RELAYING_DENIED, storeUnavailable, tooManyClients } from './replies.ts'
import { SenderCheck } from './sender-check.ts'
import { type SignedIn, SignIns } from './sign-ins.ts'
import { replyIfStoreFails } from './store-failure.ts'

export class SmtpServer implements Service {
  readonly name = 'smtp'
  readonly #options: SmtpOptions
  readonly #context: Context
  readonly #server: StreamServer
  readonly #library = new Lazy(() => this.#loadLibrary())

  constructor(options: SmtpOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#server = new StreamServer(context, {
      protocol: smtp,
      // TLS from the first byte needs no protocol negotiation (RFC 8314).
      alpn: [],
      maxConnections: options.maxConnections,
      maxPerAddress: options.maxPerAddress,
      whenFull: { action: 'refuse', refuse: ({ socket }) => socket.write(tooManyClients(options.name)) },
      handle: connection => this.#accept(connection),
    })
  }

  listen(): Promise<readonly Endpoint[]> {
    return this.#server.listen(this.#options)
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  #accept(connection: StreamConnection): ConnectionHandler {
    const session = this.#library.get().then(
      library => library.connect(connection),
      (error: unknown) => this.#refuse(connection, error),
    )
    session.catch((error: unknown) => connection.guard.end(error))
    return {
      finish: () => {
        session.then(open => connection.guard.run(() => open?.finish())).catch(() => connection.socket.destroy())
      },
    }
  }

  /** Ends a connection because the store cannot be opened. */
  #refuse({ socket, client, guard }: StreamConnection, error: unknown): undefined {
    this.#context.log.error({ client, err: error }, 'smtp: the store cannot be opened')
    guard.run(() => {
      socket.write(storeUnavailable(this.#options.name))
      socket.destroySoon()
    })
  }

  /**
   * Loads smtp-server on the first connection, because that takes longer than to load the rest of this server.
   *
   * @throws StoreError if the store cannot be opened; the next connection tries again
   */
  async #loadLibrary(): Promise<SmtpLibrary> {
    const { SmtpLibrary } = await import('./adapter/smtp-server.ts')
    const { log, store, tls } = this.#context
    return new SmtpLibrary({
      name: this.#options.name,
      tls,
      rules: this.#createRules(await store.open()),
      onError: error => log.info({ error: errorText(error) }, 'smtp: connection failed'),
    })
  }

  #createRules(store: OpenStore): Rules {
    const options = this.#options
    const { tls, log } = this.#context
    const domains = new AcceptedDomains(options.domains)
    const quota = new QuotaCheck(store, options.mailboxQuota)
    const sender = new SenderCheck(store.accounts)
    const signIns = new SignIns(store, options.auth)
    const storage = new MessageStorage(store.mail, options, log)
    const orStoreFailed = <Result>(result: Promise<Result> | undefined) =>
      result && replyIfStoreFails(result, COMMAND_FAILED, log)
    const admit = async ({ session, transaction, message, conversation }: ReceivedMessage) =>
      (await sender.check(session.session.user as SignedIn | undefined, conversation)) ??
      (await quota.admit(transaction.envelope.to, message.size, conversation))
    return {
      maxSize: options.maxSize,
      maxRecipients: options.maxRecipients,
      commandTimeout: options.commandTimeout,
      dataTimeout: options.dataTimeout,
      acceptsBareNewlines: options.bareNewlines === 'accept',
      // A message of the maximum size is accepted if it is the only one.
      budget: new MessageBudget(Math.max(options.maxBytesInTransit, memoryOf(options.maxSize))),
      hasTls: tls !== undefined,
      requiresAuth: options.auth === 'required',
      authMethods: ['PLAIN', 'LOGIN'],
      isTrustedNetwork: isLoopback,
      checkRecipient: (mailbox, size, conversation) =>
        domains.accept(mailbox) ? orStoreFailed(quota.check(mailbox.address, size, conversation)) : RELAYING_DENIED,
      signIn: (signIn, address) => replyIfStoreFails(signIns.verify(signIn, address), AUTH_UNAVAILABLE, log),
      checkSender: (signedIn, conversation) => orStoreFailed(sender.check(signedIn, conversation)),
      store: async received => (await orStoreFailed(admit(received))) ?? storage.store(received),
    }
  }
}
