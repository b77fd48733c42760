/**
 * The contract of every server and client of Fourwire. A server is a definition (name, summary, options) that creates a
 * service; a client is a definition of commands for the command line. The launcher uses nothing else of them.
 */
import type * as z from 'zod'
import type { Directory } from './directory.ts'
import type { DnsQueryHandlerRegistry } from './dns/query-handler.ts'
import type { Endpoint } from './endpoint.ts'
import type { FileTree } from './files/file-tree.ts'
import { issueMessage } from './issue-message.ts'
import type { Log } from './log.ts'
import type { TrustedProxies } from './net/proxy-protocol/trusted-proxies.ts'
import type { Tls } from './net/tls/tls.ts'
import type { Store } from './store/store.ts'
import type { Trace } from './trace/trace.ts'

export type { Endpoint }

/**
 * A running (or startable) service. It can be started once, and not again after it was closed.
 *
 * @typeParam Api functions for programs, available as `suite.NAME`
 */
export interface Service<Api extends object = object> {
  readonly name: string
  /** Resolves once every socket is bound. If that fails, closes the open sockets and rejects. */
  listen(): Promise<readonly Endpoint[]>
  /**
   * Refuses new work, waits for running work for a bounded time, then destroys connections. Can be called at any time and
   * more than once; every call resolves when the service is closed.
   */
  close(): Promise<void>
  /** Reads the service's files again. Rejects if one is invalid; the service then keeps its previous state. */
  reload?(): Promise<void>
  /** Restores the service's state of the time when `listen` resolved: `suite.reset()` between two tests. */
  reset?(): Promise<void>
  /** Defined once the service listens: functions for programs, available as `suite.NAME`. */
  readonly api?: Api | undefined
}

/** The objects that the services of a suite share. Nothing is global: two suites in one process have two contexts. */
export interface Context {
  readonly trace: Trace
  readonly log: Log
  /** The endpoints of all services on this data folder; DNS publishes them. */
  readonly directory: Directory
  /** The tree `DATA/www`, which HTTP serves and FTP reads and writes. */
  readonly files: FileTree
  /** Accounts, and the mail that SMTP accepts and HTTP shows. */
  readonly store: Store
  /** The DNS server of this process, while it listens: HTTP hands queries to it (RFC 8484). */
  readonly nameServer: DnsQueryHandlerRegistry
  /** The servers' certificate; undefined without TLS. */
  readonly tls?: Tls | undefined
  /**
   * The balancers in front of the servers, which send the PROXY protocol; undefined if there are none. With them, other machines
   * can reach a server that listens on loopback.
   */
  readonly proxies?: TrustedProxies | undefined
  /** True lets other processes listen on the same ports (Linux, Node 22.12 or newer). */
  readonly reusePort?: boolean | undefined
  /** The data folder (absolute path). A service may create its own folder in it. */
  readonly dataFolder: string
  /** Milliseconds that `close()` may wait for running work before it destroys connections. */
  readonly drainTime: number
}

/** A server as the launcher sees it. Flags, environment variables, config file and help derive from `options`. */
export interface ServerDefinition<Schema extends z.ZodObject = z.ZodObject, Api extends object = object> {
  readonly name: string
  /** What it serves, in one line. */
  readonly summary: string
  readonly options: Schema
  /** The parts of the store that it uses. The suite opens the store at start, so that the start fails if it cannot. */
  readonly uses?: readonly ('accounts' | 'mail')[]
  /** Commands `fourwire NAME ...`, in addition to those of the client of that name. */
  readonly commands?: readonly ClientCommand[]
  create(options: z.output<Schema>, context: Context): Service<Api>
}

/** Where a client connects, after names and defaults are resolved. */
export interface Location {
  readonly host: string
  readonly port: number
}

/** The server that a client is to reach. Without `host`, it is the running suite's own service. */
export interface Target {
  /** The service's name, which is also its SRV label: `http`, `ftp`, `smtp`, `dns`, `hello`. */
  readonly service: string
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** True for the port with TLS from the first byte. */
  readonly tls?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Resolves a target to an address. Names in the suite's zone are resolved with the running suite's DNS; SRV gives the port.
 *
 * @throws UnreachableError if the name has no address, or the DNS server does not answer
 */
export type Locate = (target: Target) => Promise<Location>

/** A host that accepts mail for a domain. */
export interface MailExchanger {
  /** The name, which its certificate is for. */
  readonly name: string
  /** Its addresses in the order to try them, with the port. */
  readonly locations: readonly Location[]
}

/**
 * Finds the mail exchangers of a domain, in the order to try them (RFC 5321, section 5.1).
 *
 * @throws RefusedError with the reply code of a relay: 550 if the domain does not exist, 556 if it accepts no mail (RFC 7505),
 * 451 if the DNS server cannot answer
 * @throws UnreachableError if the DNS server does not answer
 */
export type LocateMail = (domain: string, signal?: AbortSignal) => Promise<readonly MailExchanger[]>

/** Options of every client function in addition to its own input. */
export interface ClientOptions {
  readonly trace?: Trace | undefined
  readonly signal?: AbortSignal | undefined
  readonly locate?: Locate | undefined
  /** Finds mail exchangers, for the SMTP client. */
  readonly locateMail?: LocateMail | undefined
  /** Returns the certificate (PEM) of the running suite's own authority, for TLS; undefined if it has none. */
  readonly authority?: (() => Promise<string | undefined>) | undefined
  /** Milliseconds to wait for the server. */
  readonly timeout?: number | undefined
}

/** What the command line passes to a client's command. */
export interface ClientContext extends ClientOptions {
  readonly trace: Trace
  readonly signal: AbortSignal
  readonly locate: Locate
  readonly timeout: number
  /** True with `--json`: `show` prints the value, and nothing else may be written to standard output. */
  readonly json: boolean
  /** True if text on standard output can be colored: it is a terminal, and NO_COLOR is not set. */
  readonly color: boolean
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Prints the result; call it once. With `--json` it prints the value as one JSON document, otherwise the text. */
  show(value: unknown, text: string): void
}

/** A flag that people know from another program. */
export interface UnsupportedFlag {
  /** As commander has it: `-m, --max-time [SECONDS]`. */
  readonly flags: string
  /** What to do instead. */
  readonly advice: string
}

/** The part that is common to `ClientCommand` and the argument of `defineCommand`. */
interface CommandBase {
  /** The word after the client's name (`ls`), or `''` if the client has only one command. */
  readonly name: string
  readonly summary: string
  /** The keys of `input` that are positional arguments, in order; the others are flags. An array takes all that remain. */
  readonly positional: readonly string[]
  /** The arguments in the usage line, if their names do not tell what they are: `<file...> <url>`. */
  readonly usage?: string
  /** Arguments and flags in one object. `.describe()` is the help text, `.meta({ flag: '-o, --output' })` adds a short form. */
  readonly input: z.ZodObject
  /** One line to type by hand, with the leading `fourwire`. */
  readonly example: string
  /** Flags whose errors have advice of their own. Help does not list them. */
  readonly unsupportedFlags?: readonly UnsupportedFlag[]
  /** True if it connects to no server, so that `--trace`, `--timeout` and `--data` do not apply. */
  readonly local?: boolean
}

/** One command of the command line. */
export interface ClientCommand extends CommandBase {
  /** Parses the arguments with `input`, then runs the command. Throws a ZodError if they are invalid. */
  run(typed: Readonly<Record<string, unknown>>, context: ClientContext): Promise<void>
}

/** A client as the launcher sees it. */
export interface ClientDefinition {
  readonly name: string
  readonly summary: string
  readonly commands: readonly ClientCommand[]
  /** Rewrites the words after the client's name before they are parsed, for a flag that has a value in some places only. */
  readonly rewriteArguments?: (args: readonly string[]) => readonly string[]
}

/** Defines a command whose `run` gets its input typed; returns it as the launcher sees it. */
export function defineCommand<Schema extends z.ZodObject>(
  command: Omit<CommandBase, 'positional'> & {
    readonly input: Schema
    readonly positional: readonly (keyof z.output<Schema> & string)[]
    run(input: z.output<Schema>, context: ClientContext): Promise<void>
  },
): ClientCommand {
  return {
    ...command,
    run: async (typed, context) => command.run(command.input.parse(typed, { error: issueMessage }), context),
  }
}
