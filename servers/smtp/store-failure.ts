/** The replies to commands that need the store while it fails. */
import type { Log } from '../../shared/log.ts'
import { StoreError } from '../../shared/store/store-error.ts'
import type { Reply } from './replies.ts'

/** Returns the result; if the store fails, logs why and returns the given reply, so that the client tries again later. */
export async function replyIfStoreFails<Result>(
  result: Promise<Result>,
  reply: Reply,
  log: Log,
): Promise<Result | Reply> {
  try {
    return await result
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    // The store logs once that the database is away.
    if (error.code !== 'unavailable') log.error({ err: error }, 'smtp: the store failed')
    return reply
  }
}
