/** What a handler of the application gets: the request, the open store, and the account that is signed in. */
import type { Endpoint } from '../../../../shared/endpoint.ts'
import type { FileTree } from '../../../../shared/files/file-tree.ts'
import type { SessionTimes, SignedIn } from '../../../../shared/store/sessions.ts'
import type { OpenStore } from '../../../../shared/store/store.ts'
import type { RouteRequest } from '../../request/request.ts'
import type { MailContext } from '../mailbox/mail-context.ts'
import type { AttemptLimiter } from '../sign-in/attempt-limiter.ts'

/** What all handlers share. */
export interface AppContext {
  readonly store: OpenStore
  readonly sessionTimes: SessionTimes
  readonly attempts: AttemptLimiter
  /** The tree that HTTP serves and FTP reads and writes. */
  readonly files: FileTree
  /** Bytes of one upload. */
  readonly maxUploadBytes: number
  /** The endpoints of the suite's services: the application submits mail to the SMTP server as any client does. */
  readonly endpoints: readonly Endpoint[]
  readonly mail: MailContext
}

/** A request of a client that has not signed in, or need not. */
export interface OpenCall {
  readonly request: RouteRequest
  readonly app: AppContext
  /** undefined if the client has no valid session. */
  readonly client: SignedIn | undefined
}

/** A request of a client that has signed in. */
export interface Call extends OpenCall {
  readonly client: SignedIn
}
