/**
 * Access to the mail. On loopback it is open to every program on this machine, as with other development tools, but not to
 * foreign web sites in a browser. On other addresses each account has access to its own mailboxes (RFC 7617).
 */

import type { Store } from '../../../../shared/store/store.ts'
import { readBasicCredentials } from '../../request/basic-credentials.ts'
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
    const credentials = readBasicCredentials(headers)
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
