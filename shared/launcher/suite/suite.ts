/** The types of a suite for programs. */
import type { servers } from '../../../servers/index.ts'
import type { Directory } from '../../directory.ts'
import type { Endpoint } from '../../endpoint.ts'
import type { Log } from '../../log.ts'
import type { IssuedTls, Tls } from '../../net/tls/tls.ts'
import type { Service } from '../../service.ts'
import type { Mail } from '../../store/mail/mail.ts'
import type { ScryptCost } from '../../store/password.ts'
import type { SuiteAccounts } from '../../store/suite-accounts.ts'
import type { Trace } from '../../trace/trace.ts'
import type { ServiceName, SuiteSettings } from '../settings/options.ts'

/** Options of `startSuite`. Each service has its own under its name: `{ dns: { publish: false } }`. */
export interface SuiteOptions<Name extends ServiceName = ServiceName> extends Omit<SuiteSettings, 'services'> {
  /** The services to start, in this order; all by default. */
  readonly services?: readonly Name[]
  /** The log of the services; silent by default. */
  readonly log?: Log
  /** The trace that gets all conversations; a new one by default. */
  readonly trace?: Trace
  /**
   * The cost of new password hashes, which the hash records. Default: 0.1 to 0.3 s, the minimum of OWASP. A lower cost saves
   * this time for each sign-in of a test; it does not protect passwords.
   */
  readonly passwordCost?: ScryptCost
}

/** One service of a running suite. */
export interface RunningService {
  readonly host: string
  /** The bound port; the first one if the service has several endpoints. */
  readonly port: number
  /** The bound port for TLS from the first byte; undefined without TLS, or if the service has no such port. */
  readonly tlsPort: number | undefined
  readonly url: string
  readonly endpoints: readonly Endpoint[]
}

/** The part of a suite that does not depend on which services it has. */
export interface SuiteBase {
  /** All bound addresses, in the order of starting. */
  readonly endpoints: readonly Endpoint[]
  /** All conversations: `suite.trace.on(event => ...)`. */
  readonly trace: Trace
  /** The mail that SMTP accepted. */
  readonly mail: Mail
  /** The accounts that can sign in. */
  readonly accounts: SuiteAccounts
  readonly dataFolder: string
  readonly directory: Directory
  /** The certificate that services use, and in `ca` the one that clients must trust; undefined without `tls: true`. */
  readonly tls: Tls | undefined
  /**
   * Returns environment variables for a program under test: `SMTP_HOST`, `SMTP_PORT`, `SMTP_URL` and the same for each
   * service; `FTP_USER` and `FTP_PASSWORD` (also in `FTP_URL`), and the same for HTTP and SMTP; `DNS_SERVER`; with TLS `HTTPS_URL`, `HTTP_TLS_PORT`, and
   * `NODE_EXTRA_CA_CERTS` if the suite's own authority issued the certificate.
   */
  env(): Record<string, string>
  /**
   * Restores files, accounts and DNS records to their state at start, and deletes all mail, sessions and notices, between two tests. Connections stay
   * open.
   *
   * @throws UsageError if the served files or the accounts are too many or too large to copy (10,000 files, 64 MiB; 10,000
   *   accounts)
   */
  reset(): Promise<void>
  /** Closes all services in reverse order, within the drain time, and removes a temporary data folder. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The functions that a service offers to programs: `suite.dns.set(...)`. */
type ApiOf<Name extends ServiceName> =
  ReturnType<(typeof servers)[Name]['create']> extends Service<infer Api> ? Api : object

/** A running suite, with a property for each started service: `suite.dns.port`, `suite.http.url`. */
export type Suite<Name extends ServiceName = ServiceName> = SuiteBase & {
  readonly [Key in Name]: RunningService & ApiOf<Key>
}

/** The services with a port for TLS from the first byte. */
type SecureServiceName = {
  [Name in ServiceName]: 'tlsPort' extends keyof (typeof servers)[Name]['options']['shape'] ? Name : never
}[ServiceName]

/** A suite that was started with `tls: true`: its own authority has issued the certificate. */
export type SecureSuite<Name extends ServiceName = ServiceName> = Suite<Name> & { readonly tls: IssuedTls } & {
  readonly [Key in Name & SecureServiceName]: { readonly tlsPort: number }
}
