/** The file of `--session`: a jar of cookies that outlives the command. */
import { randomUUID } from 'node:crypto'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { errorCode, errorText, UsageError } from '../../../shared/errors.ts'
import { SerializableCookieJar } from './jar.ts'
import { cookieRecordsSchema } from './record.ts'

/** A full jar needs less. */
const MAX_FILE_BYTES = 8 * 1024 * 1024
/** Cookies sign in: only the user may read them. */
const FILE_MODE = 0o600

const fileSchema = z.object({ cookies: cookieRecordsSchema })

/** An open session. */
export interface Session {
  readonly cookies: SerializableCookieJar
  /**
   * Replaces the file atomically.
   *
   * @throws UsageError if it cannot be written
   */
  save(): Promise<void>
}

/**
 * Reads the cookies of a session; none if the file does not exist.
 *
 * @throws UsageError if the file cannot be read or contains something else, which then stays unchanged
 */
export async function openSession(file: string): Promise<Session> {
  const text = await readBounded(file)
  const cookies = new SerializableCookieJar(text === undefined ? [] : parseFile(file, text))
  return { cookies, save: () => save(file, cookies) }
}

async function readBounded(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(MAX_FILE_BYTES + 1) })
      if (bytesRead > MAX_FILE_BYTES) throw new Error(`longer than ${MAX_FILE_BYTES} bytes`)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined
    throw new UsageError(`--session ${file}: cannot read: ${errorText(cause)}`, { cause })
  }
}

function parseFile(file: string, text: string) {
  try {
    return fileSchema.parse(JSON.parse(text)).cookies
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).split('\n')[0] : errorText(cause)
    throw new UsageError(`--session ${file}: not a session file: ${reason}. Choose another file, or delete it`, {
      cause,
    })
  }
}

async function save(file: string, cookies: SerializableCookieJar): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.part`)
  const text = `${JSON.stringify({ cookies: cookies.records() }, undefined, 2)}\n`
  try {
    await writeFile(temporary, text, { mode: FILE_MODE, flag: 'wx' })
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw new UsageError(`--session ${file}: cannot write: ${errorText(cause)}`, { cause })
  }
}
