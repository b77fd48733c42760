/**
 * Access to the mail. On loopback it is open to every program on this machine, as with other development tools, but not to
 * foreign web sites in a browser. On other addresses each account has access to its own mailboxes (RFC 7617).
 */

import type { Store } from '../../../../shared/store/store.ts'
import type { RequestFields, RouteRequest } from '../../request/request.ts'
import { type Response, textResponse } from '../../response/response.ts'
import { storeFailureResponse } from '../../response/store-failure.ts'
import { findForeignSite, isOwnOrigin } from './foreign-site.ts'

/** What a request has access to: the mailboxes of an account, or all of them. */
export interface Access {
  readonly owner: string | undefined
}

const CHALLENGE = ['WWW-Authenticate', 'Basic realm="fourwire mail", charset="UTF-8"']

export class MailAccess {
  readonly #store: Store
  readonly #isOpen: boolean

  /** @param isOpen true if the server listens on loopback only */
  constructor(store: Store, isOpen: boolean) {
    this.#store = store
    this.#isOpen = isOpen
  }

  /** Returns the access of a request, or the response that refuses it. */
  check({ headers }: RouteRequest): Access | Response | Promise<Access | Response> {
    if (!this.#isOpen) return this.#checkAccount(headers)
    const foreign = findForeignSite(headers)
    if (foreign === undefined) return { owner: undefined }
    return textResponse(403, `The request is from a foreign web site (${foreign}). Use the address of this server.`)
  }

  async #checkAccount(headers: RequestFields): Promise<Access | Response> {
    // A browser adds the credentials to requests of any site.
    if (!isOwnOrigin(headers)) return textResponse(403, 'The request is from another web site.')
    const credentials = parseBasic(headers.authorization)
    if (!credentials) return textResponse(401, 'Sign in with the account of the mailbox.', CHALLENGE)
    try {
      const { accounts } = await this.#store.open()
      const account = await accounts.verify(credentials.name, credentials.password)
      return account ? { owner: account.name } : textResponse(401, 'The name or the password is wrong.', CHALLENGE)
    } catch (error) {
      const response = storeFailureResponse(error)
      if (response) return response
      throw error
    }
  }
}

/** Parses `Basic BASE64`; undefined if it is missing or another scheme. */
function parseBasic(field: string | readonly string[] | undefined): { name: string; password: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(String(field ?? ''))?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
