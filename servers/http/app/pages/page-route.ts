/** A page of the application: a path, and a handler for each method. */
import type { Response } from '../../response/response.ts'
import type { Call, OpenCall } from '../request/call.ts'

export type PageMethod = 'GET' | 'POST'

/** Pages of clients that have signed in. Without a session, the client is redirected to the sign-in. */
export interface SignedInPage {
  readonly access: 'signed-in'
  readonly path: `/app${string}`
  readonly methods: Readonly<Partial<Record<PageMethod, (call: Call) => Promise<Response>>>>
}

export interface OpenPage {
  readonly access: 'open'
  readonly path: `/app${string}`
  readonly methods: Readonly<Partial<Record<PageMethod, (call: OpenCall) => Promise<Response>>>>
}

export type PageRoute = SignedInPage | OpenPage
