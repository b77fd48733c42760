/**
 * The contract that every server and every client of Fourwire keeps. A server is a definition (its name, what it is
 * for, its options) that creates a service; a client is a definition of the commands a person can type. The launcher
 * knows nothing else about them.
 */
import type * as z from 'zod'
import type { Directory } from './directory.ts'
import type { DnsQueryHandlerRegistry } from './dns/query-handler.ts'
import type { Endpoint } from './endpoint.ts'
import type { FileTree } from './files/file-tree.ts'
import { issueMessage } from './issue-message.ts'
import type { Log } from './log.ts'
import type { Tls } from './net/tls/tls.ts'
import type { Mailbox } from './store/mailbox.ts'
import type { Trace } from './trace/trace.ts'

export type { Endpoint }

/**
 * A running (or startable) service. It is started once, and when it is closed that is for good.
 *
 * @typeParam Api what a program can do with it beside starting and closing it
 */
export interface Service<Api extends object = object> {
  readonly name: string
  /** Resolves once every socket is bound; rejects having closed whatever it had opened. */
  listen(): Promise<readonly Endpoint[]>
  /**
   * Refuses new work, drains what is under way for a bounded time, then destroys. What a definition creates can be closed
   * at any time and any number of times; every call resolves when it is over.
   */
  close(): Promise<void>
  /** Reads its files again, for services that have some. Rejects where one is wrong; what it gave before is served on. */
  reload?(): Promise<void>
  /** Puts the service's own state back to how it was when `listen` resolved: `suite.reset()` between two tests. */
  reset?(): Promise<void>
  /** There once it listens: functions that stand beside the address in `suite.NAME`. */
  readonly api?: Api | undefined
}

/** All that a service shares with others. Nothing is global: two suites in one process have two contexts. */
export interface Context {
  readonly trace: Trace
  readonly log: Log
  /** Which endpoints the services of this data folder listen on; DNS publishes it. */
  readonly directory: Directory
  /** The tree `DATA/www`, which HTTP serves and FTP reads and writes. */
  readonly files: FileTree
  /** The mail that SMTP accepted and HTTP shows. */
  readonly mail: Mailbox
  /** The DNS server of this process, while it listens: HTTP hands queries to it (RFC 8484). */
  readonly nameServer: DnsQueryHandlerRegistry
  /** The certificate to show; undefined where nothing is to be offered over TLS. */
  readonly tls?: Tls | undefined
  /** The data folder, an absolute path. A service may keep a folder of its own in it. */
  readonly dataFolder: string
  /** Milliseconds that `close()` may wait for work under way before it destroys it. */
  readonly drainTime: number
}

/** What the launcher needs to know of a server: flags, environment, config file and help all derive from `options`. */
export interface ServerDefinition<Schema extends z.ZodObject = z.ZodObject, Api extends object = object> {
  readonly name: string
  /** One line for `--help`. */
  readonly summary: string
  readonly options: Schema
  /** What can be typed after `fourwire` and the server's name, beside the commands of the client of that name. */
  readonly commands?: readonly ClientCommand[]
  create(options: z.output<Schema>, context: Context): Service<Api>
}

/** Where a client should connect, after names and defaults have been worked out. */
export interface Location {
  readonly host: string
  readonly port: number
}

/** What a client wants to reach. Without `host`, the running suite's own service is meant. */
export interface Target {
  /** The service's name, which is also its SRV label: `http`, `ftp`, `smtp`, `dns`, `hello`. */
  readonly service: string
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** True for where the service is spoken over TLS from the first byte on. */
  readonly tls?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Turns a target into an address. Names under the suite's zone go through the running suite's DNS, SRV giving the port.
 *
 * @throws UnreachableError when the name has no address, or nothing answers for it
 */
export type Locate = (target: Target) => Promise<Location>

/** What every client function accepts beside its own input, so that it can be traced, cancelled and pointed. */
export interface ClientOptions {
  readonly trace?: Trace | undefined
  readonly signal?: AbortSignal | undefined
  readonly locate?: Locate | undefined
  /** The certificate (PEM) of the running suite's own authority, for TLS; undefined where it has none. */
  readonly authority?: (() => Promise<string | undefined>) | undefined
  /** Milliseconds to wait for the other end before giving up. */
  readonly timeout?: number | undefined
}

/** What a client's command gets from the command line. */
export interface ClientContext extends ClientOptions {
  readonly trace: Trace
  readonly signal: AbortSignal
  readonly locate: Locate
  readonly timeout: number
  /** True with `--json`: `show` prints the value, and nothing else may go to standard output. */
  readonly json: boolean
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Prints the result once: the value as one JSON document with `--json`, else the text. */
  show(value: unknown, text: string): void
}

/** What is common to a command as its room writes it and as the launcher sees it. */
interface CommandBase {
  /** The word after the client's name (`ls`), or `''` where the client has only one thing to do. */
  readonly name: string
  readonly summary: string
  /** The keys of `input` that are positional, in order; the others are flags. An array key takes the rest. */
  readonly positional: readonly string[]
  /** Arguments and flags in one object; `.describe()` is the help text, `.meta({ flag: '-o, --output' })` a short form. */
  readonly input: z.ZodObject
  /** One line to type by hand, with the leading `fourwire`. */
  readonly example: string
  /** True where it asks nobody, so that `--trace`, `--timeout` and `--data` mean nothing. */
  readonly local?: boolean
}

/** One thing a person can type after `fourwire`. */
export interface ClientCommand extends CommandBase {
  /** Parses what was typed with `input`, then does it. Throws ZodError when it does not parse. */
  run(typed: Readonly<Record<string, unknown>>, context: ClientContext): Promise<void>
}

/** What the launcher needs to know of a client. */
export interface ClientDefinition {
  readonly name: string
  readonly summary: string
  readonly commands: readonly ClientCommand[]
}

/** Writes a command with its input's type; what comes out is the contract that the launcher sees. */
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
