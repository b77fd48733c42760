/** Changes whose refusal the client can explain: it looks for the cause on the server, and names the flag that helps. */
import { isPermanent } from '../session/error.ts'
import type { FtpSession } from '../session/session.ts'
import { ExplainedRefusal } from './explained-refusal.ts'
import { statIfPresent } from './make-directories.ts'
import { withoutSlash } from './remote-sources.ts'

/** Removes a file (DELE). @throws ExplainedRefusal if it is a directory */
export function removeFile(session: FtpSession, path: string): Promise<void> {
  return orExplain(
    path,
    () => session.removeFile(path),
    async () => {
      const entry = await statIfPresent(session, path)
      return entry?.type === 'directory' ? 'It is a directory: rm -r removes it with all that is in it' : undefined
    },
  )
}

/** Removes an empty directory (RMD). @throws ExplainedRefusal if it is not empty */
export function removeDirectory(session: FtpSession, path: string): Promise<void> {
  return orExplain(
    path,
    () => session.removeDirectory(path),
    async () => {
      const entry = await statIfPresent(session, path)
      const entries = entry?.type === 'directory' ? await session.list(path) : []
      const isEmpty = entries.every(({ name }) => name === '.' || name === '..')
      return isEmpty ? undefined : 'rm -r removes a directory with all that is in it'
    },
  )
}

/** Creates a directory (MKD). @throws ExplainedRefusal if it exists, or the one above it does not */
export function makeDirectory(session: FtpSession, path: string): Promise<void> {
  return orExplain(
    path,
    () => session.makeDirectory(path),
    async () => {
      const existing = await statIfPresent(session, withoutSlash(path))
      if (existing) return existing.type === 'directory' ? 'mkdir -p accepts a directory that exists' : undefined
      const parent = withoutSlash(path).replace(/\/*[^/]*$/, '')
      if (parent === '' || (await statIfPresent(session, parent))) return undefined
      return `The directory ${parent} was not found: mkdir -p creates it too`
    },
  )
}

/** A refusal with such a text is about the account. */
const PERMISSION = /\b(?:permission|denied|privileges?|allowed|may (?:not|only))\b/i

/** @param explain returns what to do, if it finds the cause */
async function orExplain(
  path: string,
  run: () => Promise<void>,
  explain: () => Promise<string | undefined>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!isPermanent(error) || PERMISSION.test(error.text)) throw error
    // The refusal matters more than a failure of the explanation.
    const advice = await explain().catch(() => undefined)
    if (advice === undefined) throw error
    const message = `${path}: ${error.message.replace(/\.$/, '')}. ${advice}`
    throw new ExplainedRefusal(error.code, error.text, { message, cause: error })
  }
}
