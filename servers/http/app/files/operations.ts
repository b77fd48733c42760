/** The operations on files and folders. */
import { posix } from 'node:path'
import * as z from 'zod'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import type { Entry } from '../../../../shared/files/entry.ts'
import { encodePath } from '../../request/target.ts'
import { defineOperation } from '../api/operation.ts'
import { json, NO_CONTENT } from '../api/responses.ts'
import { Problem } from '../problem.ts'
import type { Call } from '../request/call.ts'
import { versionCheck } from './conditions.ts'
import { downloadFile } from './download.ts'
import { folderQuerySchema, readFolderPage } from './folder-page.ts'
import { putFile, storedResponse } from './upload-files.ts'

const entrySchema = z
  .object({
    name: z.string(),
    path: z.string().meta({ description: 'from the root of the tree', example: '/files/hello.txt' }),
    kind: z.enum(['file', 'folder']),
    size: z.number().int().meta({ description: 'bytes' }),
    modifiedAt: z.iso.datetime(),
  })
  .meta({ id: 'FileEntry' })

const folderSchema = z.object({ path: z.string(), entries: z.array(entrySchema), next: z.string().nullable() })

const newPathSchema = z.strictObject({
  path: z.string().startsWith('/').max(4096).meta({ description: 'the new path', example: '/files/new.txt' }),
})

/** Returns the path in the tree that the target names: `/api/files/a/b.txt` is `/a/b.txt`. */
export function pathOf({ request }: Pick<Call, 'request'>): string {
  return posix.join('/', request.params.path ?? '')
}

/** Returns the path of a file, which does not end with a slash. */
function filePathOf(call: Pick<Call, 'request'>): string {
  const path = pathOf(call)
  if (!path.endsWith('/')) return path
  throw new Problem(404, 'The path of a file does not end with a slash. Folders are at /api/folders.')
}

/** Returns the files with the permissions that the account has now. */
export function filesOf({ app, client }: Call): AccountFiles {
  return new AccountFiles(app.files, client.account)
}

export const fileOperations = [
  defineOperation({
    id: 'listFolder',
    method: 'GET',
    path: '/api/folders/*path',
    summary: 'the entries of a folder that the account may see, by name',
    query: folderQuerySchema,
    response: { status: 200, description: 'a page of entries', schema: folderSchema },
    problems: [404, 409],
    handle: async ({ query, ...call }) => {
      const path = pathOf(call)
      const { entries, next } = await readFolderPage(filesOf(call), path, query)
      return json({ path, entries: entries.map(entry => toJson(path, entry)), next: next ?? null })
    },
  }),
  defineOperation({
    id: 'makeFolder',
    method: 'POST',
    path: '/api/folders/*path',
    summary: 'make a folder',
    response: { status: 201, description: 'made' },
    problems: [404, 409, 507],
    handle: async call => {
      const path = pathOf(call)
      await filesOf(call).makeDirectory(path)
      return { status: 201, headers: ['Location', `/api/folders${encodePath(path)}`, 'Content-Length', '0'] }
    },
  }),
  defineOperation({
    id: 'removeFolder',
    method: 'DELETE',
    path: '/api/folders/*path',
    summary: 'remove an empty folder',
    response: { status: 204, description: 'removed' },
    problems: [404, 409],
    handle: async call => {
      await filesOf(call).removeDirectory(pathOf(call))
      return NO_CONTENT
    },
  }),
  defineOperation({
    id: 'getFile',
    method: 'GET',
    path: '/api/files/*path',
    summary: 'the content of a file',
    response: { status: 200, description: 'the content', mediaType: 'application/octet-stream' },
    problems: [404, 409],
    handle: async call => downloadFile(filesOf(call), filePathOf(call)),
  }),
  defineOperation({
    id: 'putFile',
    method: 'PUT',
    path: '/api/files/*path',
    summary: 'store the body as a file; one of this name is replaced when all of the body is on the disk',
    rawBody: 'application/octet-stream',
    evaluatesConditions: true,
    response: { status: 204, description: 'stored; 201 if the file is new' },
    problems: [404, 409, 412, 413, 415, 507],
    handle: async call => {
      const path = filePathOf(call)
      const stored = await putFile(filesOf(call), path, call.request, call.app.maxUploadBytes)
      return storedResponse(stored, `/api/files${path}`)
    },
  }),
  defineOperation({
    id: 'renameFile',
    method: 'PATCH',
    path: '/api/files/*path',
    summary: 'rename or move a file or a folder; a file of the new name is replaced',
    body: newPathSchema,
    evaluatesConditions: true,
    response: { status: 204, description: 'renamed' },
    problems: [404, 409, 412],
    handle: async ({ body, ...call }) => {
      await filesOf(call).rename(pathOf(call), body.path, versionCheck(call.request.headers, Date.now()))
      return NO_CONTENT
    },
  }),
  defineOperation({
    id: 'deleteFile',
    method: 'DELETE',
    path: '/api/files/*path',
    summary: 'delete a file',
    evaluatesConditions: true,
    response: { status: 204, description: 'deleted' },
    problems: [404, 409, 412],
    handle: async call => {
      await filesOf(call).removeFile(filePathOf(call), versionCheck(call.request.headers, Date.now()))
      return NO_CONTENT
    },
  }),
]

function toJson(folder: string, { name, kind, size, modified }: Entry): z.input<typeof entrySchema> {
  return {
    name,
    path: posix.join(folder, name),
    kind: kind === 'file' ? 'file' : 'folder',
    size: kind === 'file' ? size : 0,
    modifiedAt: modified.toISOString(),
  }
}
