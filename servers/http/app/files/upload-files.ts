/** Stores uploads in the tree: from the body of a request, or from the files of a form. */
import { posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { AccountFiles } from '../../../../shared/files/account-files.ts'
import type { CommittedFile, Upload } from '../../../../shared/files/upload/upload.ts'
import { formatEntityTag } from '../../files/entity-tag.ts'
import { entityTagOf } from '../../files/representation.ts'
import type { RouteRequest } from '../../request/request.ts'
import { encodePath } from '../../request/target.ts'
import type { Response } from '../../response/response.ts'
import { Problem } from '../problem.ts'
import { versionCheck } from './conditions.ts'
import { receiveFiles } from './multipart.ts'

/**
 * Stores the body as a file. The file has its name when all of it is on the disk; before, the old file stays. The conditions of
 * the request are checked before the body is read, and again directly before the old file is replaced.
 *
 * @throws Problem 400 for a part of a file, 412 if the conditions are not met, 415 for content in a coding
 */
export async function putFile(
  files: AccountFiles,
  path: string,
  request: RouteRequest,
  maxBytes: number,
): Promise<CommittedFile> {
  checkContent(request.headers)
  const check = versionCheck(request.headers, Date.now())
  const upload = await files.startUpload(path, 0, { check, signal: request.body.abortSignal?.() })
  try {
    await pipeline(request.body.stream(maxBytes), upload.createStream())
    return await upload.commit(check)
  } catch (error) {
    await upload.discard()
    throw error
  }
}

/** RFC 9110, sections 14.5 and 8.4: the server would store a part as the whole, or coded content as the content itself. */
function checkContent(headers: RouteRequest['headers']): void {
  if (headers['content-range'] !== undefined)
    throw new Problem(400, 'PUT stores a whole file: Content-Range is not possible.')
  const coding = String(headers['content-encoding'] ?? 'identity')
  if (coding.toLowerCase() === 'identity') return
  throw new Problem(
    415,
    `Send the content without Content-Encoding (given: ${JSON.stringify(coding.slice(0, 100))}).`,
    {
      headers: ['Accept-Encoding', 'identity'],
    },
  )
}

/** @param path the path of the target, for a new file */
export function storedResponse({ stats, isNew }: CommittedFile, path: string): Response {
  const headers = ['ETag', formatEntityTag(entityTagOf(stats)), 'Cache-Control', 'no-store']
  if (!isNew) return { status: 204, headers }
  return { status: 201, headers: [...headers, 'Location', encodePath(path), 'Content-Length', '0'] }
}

/** Stores all files of a form in a folder, or none if one of them fails. */
export async function storeForm(
  files: AccountFiles,
  folder: string,
  request: RouteRequest,
  maxBytes: number,
): Promise<void> {
  const uploads: Upload[] = []
  try {
    await receiveFiles(request, maxBytes, async ({ name, content, isComplete, signal }) => {
      const upload = await files.startUpload(posix.join(folder, checkName(name)), 0, { signal })
      uploads.push(upload)
      await pipeline(content, upload.createStream(), { signal })
      if (!isComplete()) throw new Problem(413, `The file is longer than ${maxBytes} bytes.`)
    })
    if (uploads.length === 0) throw new Problem(400, 'The form has no file. Choose one.')
    for (const upload of uploads) await upload.commit()
  } catch (error) {
    await Promise.all(uploads.map(upload => upload.discard()))
    throw error
  }
}

/** @throws Problem 400 if the text is not the name of one entry of a folder */
export function checkName(name: string): string {
  const isName = name !== '' && name !== '.' && name !== '..' && !/[\p{Cc}/]/u.test(name)
  if (!isName || Buffer.byteLength(name) > 255)
    throw new Problem(400, `${JSON.stringify(name.slice(0, 100))} is not the name of a file.`)
  return name
}
