/** What clients get while the store cannot be used. Pure. */
import { errorText } from '../../../shared/errors.ts'
import { isTemporary, type StoreError } from '../../../shared/store/store-error.ts'
import { type Response, textResponse } from './response.ts'

/** Returns the 503 response to a request that cannot use the store now; undefined for any other error. */
export function storeFailureResponse(error: unknown): Response | undefined {
  return isTemporary(error) ? unavailable(reasonForClients(error)) : undefined
}

/** Creates a 503 response (RFC 9110, section 15.6.4). */
export function unavailable(reason: string): Response {
  return textResponse(503, reason, ['Retry-After', '1'])
}

/** Returns the reason in words. Where the database is, and why it is away, is for the log only. */
export function reasonForClients(error: StoreError): string {
  return error.code === 'unavailable' ? 'The database is not available. Try again later.' : errorText(error)
}
