/** The file of `--session`: a jar of cookies that outlives the command. */
import { randomUUID } from 'node:crypto'
import { access, constants, open, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { errorCode, errorText, UsageError } from '../../../shared/errors.ts'
import { fileProblem } from '../../../shared/files/file-problem.ts'
import { SerializableCookieJar } from './jar.ts'
import { describeOtherHosts } from './other-hosts.ts'
import { cookieRecordsSchema } from './record.ts'

/** A full jar needs less. */
const MAX_FILE_BYTES = 8 * 1024 * 1024
/** Cookies sign in: only the user may read them. */
const FILE_MODE = 0o600

const fileSchema = z.object({ cookies: cookieRecordsSchema })

/** An open session. */
export interface Session {
  readonly cookies: SerializableCookieJar
  /** Returns whose cookies the session has instead, if it has cookies and none is for the host. */
  otherHosts(host: string): string | undefined
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
 * @throws UsageError if its folder cannot be written, or the file cannot be read or contains something else, which then stays
 * unchanged
 */
export async function openSession(file: string): Promise<Session> {
  await checkFolder(file)
  const text = await readBounded(file)
  const cookies = new SerializableCookieJar(text === undefined ? [] : parseFile(file, text))
  return {
    cookies,
    otherHosts: host => describeOtherHosts(file, cookies.records(), host),
    save: () => save(file, cookies),
  }
}

/** A request whose cookies cannot be kept is not sent: it could sign in, and its session would be lost. */
async function checkFolder(file: string): Promise<void> {
  const folder = path.dirname(file)
  try {
    await access(path.join(folder, '/'), constants.W_OK)
  } catch (cause) {
    const reason = FOLDER_PROBLEMS[errorCode(cause) ?? ''] ?? `is not usable: ${errorText(cause)}`
    const advice = 'Create it, or choose another file'
    throw new UsageError(`--session ${file}: cannot write: the folder ${folder} ${reason}. ${advice}`, { cause })
  }
}

const FOLDER_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a folder',
  EACCES: 'is not writable',
  EROFS: 'is not writable',
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
    throw new UsageError(`--session ${file}: cannot read: ${fileProblem(cause)}`, { cause })
  }
}

function parseFile(file: string, content: string) {
  try {
    return fileSchema.parse(JSON.parse(content)).cookies
  } catch (cause) {
    const text = cause instanceof z.ZodError ? z.prettifyError(cause).split('\n')[0] : errorText(cause)
    // The error of JSON.parse quotes the file, with its line feeds.
    const reason = text?.replace(/[\s\p{Cc}]+/gu, ' ')
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
    // The rest of the text names the temporary file.
    const [reason] = errorText(cause).split(', ')
    throw new UsageError(`--session ${file}: cannot write: ${reason}`, { cause })
  }
}
