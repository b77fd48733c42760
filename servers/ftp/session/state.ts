/** The state of a session, which commands read and change. */
import type { FileTree } from '../../../shared/files/file-tree.ts'
import type { FileAccess } from '../../../shared/files/permissions.ts'
import type { SignInResult } from '../../../shared/store/sign-in-limiter.ts'
import type { DataConnectionOptions, DataConnector } from '../data-connection/connectors.ts'
import type { PassiveHost } from '../data-connection/passive-host.ts'
import type { PassiveListeners } from '../data-connection/passive-listeners.ts'
import type { HashAlgorithm } from '../files/digest.ts'
import { FACTS, type Fact } from '../files/listing.ts'
import type { SessionFiles } from '../files/session-files.ts'
import type { PartBudget } from '../transfer/part-budget.ts'
import type { TransferThrottle } from '../transfer/throttle.ts'
import { ANONYMOUS, type SessionAccount } from './accounts.ts'
import type { SessionTls } from './session-tls.ts'

export type Login =
  | { readonly status: 'none' }
  /** USER was accepted; PASS must follow. */
  | { readonly status: 'user-given'; readonly user: string }
  | { readonly status: 'logged-in'; readonly account: SessionAccount }

/** A transfer in progress. */
export interface Transfer {
  readonly direction: 'upload' | 'download'
  /** Describes the transfer and its progress, for STAT. */
  describe(): string
  abort(): void
}

/** Whether the server has TLS, and where clients must use it. */
export interface TlsPolicy {
  readonly isAvailable: boolean
  /** Logins and data connections must use TLS. */
  readonly isRequired: boolean
  /** A data connection must resume the TLS session of its control connection. */
  readonly requiresReuse: boolean
}

/** The parts of a session that do not change. */
export interface SessionEnvironment {
  readonly fileTree: FileTree
  /** The files of the tree with the permissions of an account. */
  readonly filesOf: (access: FileAccess) => SessionFiles
  readonly passiveListeners: PassiveListeners
  /** Undefined if clients reach the server at its own address. */
  readonly passiveHost: PassiveHost | undefined
  readonly dataConnection: DataConnectionOptions
  readonly partBudget: PartBudget
  /** Is aborted when the session ends: what nothing waits for stops then. */
  readonly ending: AbortSignal
  /** Returns an account as it is now; undefined if it does not exist. */
  readAccount(name: string): Promise<SessionAccount | undefined>
  /** Verifies a password, slowly if it is wrong. */
  signIn(user: string, password: string): Promise<SignInResult>
  readonly tlsPolicy: TlsPolicy
  /** Sends the reply in clear, drops what else was received in clear, and starts TLS. */
  startTls(code: number, text: string): Promise<void>
  /** True if the client's next command is ABOR: it aborts a transfer that has not begun, too (RFC 959, section 4.1.3). */
  isAbortNext(): boolean
  /** Runs a command of ftp-srv; its replies go through the session. */
  runFtpSrvCommand(verb: string, argument: string): PromiseLike<unknown>
  /** Starts to limit the rate of a transfer; undefined if there is no limit. Call `release` when the transfer has ended. */
  startThrottle(account: SessionAccount | undefined): TransferThrottle | undefined
  log(message: string, fields?: object): void
}

export interface SessionState {
  readonly environment: SessionEnvironment
  login: Login
  failedLogins: number
  /** The file tree and the working directory. */
  files: SessionFiles
  /** Set by TYPE. */
  type: 'ascii' | 'image'
  /** Facts that MLST and MLSD list; set by OPTS MLST. */
  facts: readonly Fact[]
  /** Set by OPTS HASH. */
  hashAlgorithm: HashAlgorithm
  /** Offset in bytes of the transfer that must follow immediately; set by REST. */
  restartOffset: number
  /** Set by RNFR, for the RNTO that must follow immediately. */
  renameFrom: string | undefined
  /** True after `EPSV ALL`: the client must use no other command to set up data connections (RFC 2428, section 4). */
  epsvOnly: boolean
  /** Undefined while the control connection is in clear. */
  tls: SessionTls | undefined
  /** True after PBSZ, which must precede PROT (RFC 2228, section 3). */
  hasBufferSize: boolean
  /** The protection of data connections; set by PROT. */
  protection: 'clear' | 'private'
  /** Opens the data connection of the next transfer; set by PASV, EPSV, PORT and EPRT. */
  connector: DataConnector | undefined
  /** The transfer in progress. */
  transfer: Transfer | undefined
  /** True after the client has closed its side: it sends no more commands, but may still read replies. */
  inputEnded: boolean
}

export function createState(environment: SessionEnvironment): SessionState {
  return {
    environment,
    failedLogins: 0,
    tls: undefined,
    connector: undefined,
    transfer: undefined,
    inputEnded: false,
    ...initialSettings(environment),
  }
}

/** Resets what commands have set, for REIN and AUTH. */
export function reinitialize(state: SessionState): void {
  Object.assign(state, initialSettings(state.environment))
}

function initialSettings({ filesOf }: SessionEnvironment) {
  return {
    login: { status: 'none' },
    files: filesOf(ANONYMOUS),
    // In RFC 959 the default is ASCII, but a client that forgets to send TYPE I would damage its files.
    type: 'image',
    facts: FACTS,
    hashAlgorithm: 'SHA-256',
    restartOffset: 0,
    renameFrom: undefined,
    epsvOnly: false,
    hasBufferSize: false,
    protection: 'clear',
  } satisfies Partial<SessionState>
}

/**
 * "REST must be the last command issued before the data transfer command" (RFC 3659, section 5.3). Clients that set up the data
 * connection in between are common.
 */
const KEEP_OFFSET: ReadonlySet<string> = new Set(['REST', 'PASV', 'EPSV', 'PORT', 'EPRT'])

/** Forgets what only the command after the one that set it may use, whether that command ran or was refused. */
export function forgetAfter(state: SessionState, verb: string): void {
  if (verb !== 'RNFR') state.renameFrom = undefined
  if (!KEEP_OFFSET.has(verb)) state.restartOffset = 0
}

/** Returns the account that is logged in; undefined if none is. */
export function accountOf({ login }: SessionState): SessionAccount | undefined {
  return login.status === 'logged-in' ? login.account : undefined
}
