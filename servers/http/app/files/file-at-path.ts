/** PUT and DELETE at the path of a file (RFC 9110, sections 9.3.4 and 9.3.5), by an account that may change it. */
import { errorCode } from '../../../../shared/errors.ts'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { isHiddenPath } from '../../files/hidden-path.ts'
import type { Response } from '../../response/response.ts'
import { Problem } from '../problem.ts'
import type { OpenCall } from '../request/call.ts'
import { authenticate } from '../sign-in/authenticate.ts'
import { versionCheck } from './conditions.ts'
import { putFile, storedResponse } from './upload-files.ts'

/** @throws Problem 401 if the client has not signed in, 403 if its account may not write at the path */
export async function changeFileAtPath(call: OpenCall): Promise<Response> {
  const { request, app } = call
  const files = new AccountFiles(app.files, await authenticate(call))
  checkPath(request.path)
  if (request.method === 'DELETE') {
    await files.removeFile(request.path, versionCheck(request.headers, Date.now()))
    return { status: 204, headers: [] }
  }
  const stored = await putFile(files, request.path, request, app.maxUploadBytes).catch((error: unknown) => {
    // RFC 4918, section 9.7.1: PUT makes no folders.
    if (errorCode(error) !== 'ENOENT') throw error
    throw new Problem(409, 'The folder does not exist. Make it first, over FTP or in the application.', {
      cause: error,
    })
  })
  return storedResponse(stored, request.path)
}

/** @throws Problem if no file can be at the path */
function checkPath(path: string): void {
  if (path.endsWith('/'))
    throw new Problem(409, 'The path is that of a folder. The path of a file has no slash at its end.')
  if (isHiddenPath(path)) throw new Problem(403, 'The server does not serve files whose name begins with a dot.')
}
