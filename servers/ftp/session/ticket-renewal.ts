/**
 * New tickets for clients that resume a TLS 1.3 session. Clients such as curl use a ticket once (RFC 8446, appendix C.4), and Node
 * sends none on a connection that resumed a session, so their next data connection could not resume.
 *
 * Relies on members of Node that are not documented; without them, tickets are those of Node, and are not renewed.
 * `test/servers/ftp/data-connection/resumed-sessions.e2e.test.ts` fails then.
 */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:tls'

const KEY_BYTES = 16

/** What OpenSSL is to do with a ticket. */
const UNKNOWN = 0
const CREATE = 1
const ACCEPT_AND_RENEW = 2

type TicketCallback = (name: Buffer, iv: Buffer, isNew: boolean) => readonly [number, ...Buffer[]]

interface ServerInternals {
  readonly _sharedCreds?: {
    readonly context?: {
      enableTicketKeyCallback?(): void
      onticketkeycallback?: TicketCallback
    }
  }
}

/** Gives the server ticket keys of its own, and makes it send a new ticket for each that it accepts. */
export function renewTickets(server: Server): void {
  const context = (server as Server & ServerInternals)._sharedCreds?.context
  if (!context?.enableTicketKeyCallback) return
  const name = randomBytes(KEY_BYTES)
  const keys = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)] as const
  context.enableTicketKeyCallback()
  context.onticketkeycallback = (ticketName, _iv, isNew) =>
    isNew
      ? [CREATE, ...keys, name, randomBytes(KEY_BYTES)]
      : [ticketName.equals(name) ? ACCEPT_AND_RENEW : UNKNOWN, ...keys]
}
