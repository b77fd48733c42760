/** Stores uploads in the tree: from the body of a request, or from the files of a form. */
import { posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { errorCode } from '../../../../shared/errors.ts'
import type { AccountFiles } from '../../../../shared/files/account-files.ts'
import type { Upload } from '../../../../shared/files/upload.ts'
import type { RouteRequest } from '../../request/request.ts'
import { Problem } from '../problem.ts'
import { receiveFiles } from './multipart.ts'

/**
 * Stores the body as a file. The file has its name when all of it is on the disk; before, the old file stays.
 *
 * @returns true if there was no file of this name
 */
export async function putFile(
  files: AccountFiles,
  path: string,
  request: RouteRequest,
  maxBytes: number,
): Promise<boolean> {
  const upload = await files.startUpload(path, 0)
  try {
    await pipeline(request.body.stream(maxBytes), upload.createStream())
    const isNew = await isMissing(files, path)
    await upload.commit()
    return isNew
  } catch (error) {
    await upload.discard()
    throw error
  }
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
      const upload = await files.startUpload(posix.join(folder, checkName(name)), 0)
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

async function isMissing(files: AccountFiles, path: string): Promise<boolean> {
  try {
    await files.stat(path)
    return false
  } catch (error) {
    return errorCode(error) === 'ENOENT'
  }
}
