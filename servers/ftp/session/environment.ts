/** Creates the parts of a session that do not change: what commands use of the server, the store and the connection. */
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Context } from '../../../shared/service.ts'
import type { SignInLimiter } from '../../../shared/store/sign-in-limiter.ts'
import type { IdleWatch } from '../data-connection/idle-watch.ts'
import type { PassiveHost } from '../data-connection/passive-host.ts'
import type { PassiveListeners } from '../data-connection/passive-listeners.ts'
import { SessionFiles } from '../files/session-files.ts'
import type { SmallFiles } from '../files/small-files.ts'
import type { FtpOptions } from '../options.ts'
import type { PartBudget } from '../transfer/part-budget.ts'
import type { RateLimits } from '../transfer/throttle.ts'
import { throttleKey } from './accounts.ts'
import type { SessionEnvironment } from './state.ts'

/** What the sessions of a server share. */
export interface SessionDependencies {
  readonly options: FtpOptions
  readonly context: Context
  readonly idleWatch: IdleWatch
  readonly passiveListeners: PassiveListeners
  readonly passiveHost: PassiveHost | undefined
  readonly rateLimits: RateLimits
  readonly smallFiles: SmallFiles
  readonly partBudget: PartBudget
  /** Opens the store on the first call, and again if that failed. */
  readonly signIns: () => Promise<SignInLimiter>
}

/** What commands use of the session itself. */
type SessionMembers = Pick<
  SessionEnvironment,
  'dataConnection' | 'startTls' | 'isAbortNext' | 'runFtpSrvCommand' | 'log'
>

/** @param ending is aborted when the session ends: nothing waits for a failed login or a copy then */
export function createEnvironment(
  { conversation, socket }: StreamConnection,
  { options, context, ...shared }: SessionDependencies,
  session: SessionMembers,
  ending: AbortSignal,
): SessionEnvironment {
  const { rateLimits, smallFiles, partBudget, passiveListeners, passiveHost, signIns } = shared
  const { remoteAddress: address = '' } = socket
  const bucket = rateLimits.openSession()
  return {
    ...session,
    fileTree: context.files,
    filesOf: access => new SessionFiles(context.files, smallFiles, access),
    passiveListeners,
    passiveHost,
    partBudget,
    ending,
    readAccount: name => conversation.runAsCause(async () => (await context.store.open()).accounts.get(name)),
    signIn: (user, password) =>
      conversation.runAsCause(async () => (await signIns()).signIn({ user, password, address, signal: ending })),
    tlsPolicy: {
      isAvailable: context.tls !== undefined,
      isRequired: options.tls === 'required',
      requiresReuse: options.requireSessionReuse,
    },
    startThrottle: account => rateLimits.startTransfer(bucket, throttleKey(account, address)),
  }
}
