/** Counts the password hashes that this process computes. Two sign-ins with equally many take equally long. */
import { createHook } from 'node:async_hooks'

/** Returns the number of hashes that were begun while the function ran. */
export async function countHashes(run: () => Promise<unknown>): Promise<number> {
  let hashes = 0
  const hook = createHook({ init: (_id, type) => void (type === 'SCRYPTREQUEST' && hashes++) }).enable()
  try {
    await run()
    return hashes
  } finally {
    hook.disable()
  }
}
