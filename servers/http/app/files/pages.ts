/** The pages of files and folders. */
import { posix } from 'node:path'
import { html } from 'hono/html'
import * as z from 'zod'
import type { Entry } from '../../../../shared/files/entry.ts'
import { formatBytes } from '../../../../shared/format-bytes.ts'
import { encodePath } from '../../request/target.ts'
import type { Response } from '../../response/response.ts'
import { readBody } from '../api/operation.ts'
import { type Html, pageResponse, redirect, timeElement } from '../pages/page.ts'
import type { PageRoute } from '../pages/page-route.ts'
import type { Call } from '../request/call.ts'
import { parseQuery } from '../request/parse.ts'
import { downloadFile } from './download.ts'
import { type FolderPage, folderQuerySchema, readFolderPage } from './folder-page.ts'
import { filesOf, pathOf } from './operations.ts'
import { checkName, storeForm } from './upload-files.ts'

export const filePages: readonly PageRoute[] = [
  { access: 'signed-in', path: '/app/files', methods: { GET: async () => redirect('/app/files/browse/') } },
  { access: 'signed-in', path: '/app/files/', methods: { GET: async () => redirect('/app/files/browse/') } },
  { access: 'signed-in', path: '/app/files/browse/*path', methods: { GET: browse } },
  {
    access: 'signed-in',
    path: '/app/files/download/*path',
    methods: { GET: call => downloadFile(filesOf(call), pathOf(call)) },
  },
  { access: 'signed-in', path: '/app/files/upload/*path', methods: { POST: upload } },
  { access: 'signed-in', path: '/app/files/folder/*path', methods: { POST: makeFolder } },
  { access: 'signed-in', path: '/app/files/rename/*path', methods: { GET: showRename, POST: rename } },
  { access: 'signed-in', path: '/app/files/delete/*path', methods: { GET: confirmDelete, POST: remove } },
]

const folderNameSchema = z.strictObject({ name: z.string() })
const newNameSchema = z.strictObject({ name: z.string().min(1, 'must not be empty').max(4096) })

/** A page of the files: `href('browse', '/a b')` is `/app/files/browse/a%20b`. */
function href(page: 'browse' | 'download' | 'upload' | 'folder' | 'rename' | 'delete', path: string): string {
  return `/app/files/${page}${encodePath(path)}`
}

async function browse(call: Call): Promise<Response> {
  const path = pathOf(call)
  const page = await readFolderPage(filesOf(call), path, parseQuery(folderQuerySchema, call.request.query))
  const content = html`${breadcrumbs(path)}
${page.entries.length === 0 ? html`<p>The folder is empty.</p>` : table(path, page)}
${page.next === undefined ? '' : html`<p><a href="${href('browse', path)}?${new URLSearchParams({ cursor: page.next })}">More</a></p>`}
${page.isWritable ? forms(path) : ''}${page.isWritable || page.isDeletable ? '' : html`<p class="soft">This account may not change this folder.</p>`}`
  return pageResponse({ title: 'Files', content, client: call.client })
}

function breadcrumbs(path: string): Html {
  const names = path.split('/').filter(name => name !== '')
  const links = names.map((name, index) => {
    const folder = `/${names.slice(0, index + 1).join('/')}`
    const isLast = index === names.length - 1
    return html`<li>${isLast ? html`<span aria-current="location">${name}</span>` : html`<a href="${href('browse', folder)}">${name}</a>`}</li>\n`
  })
  const root =
    names.length === 0
      ? html`<span aria-current="location">All files</span>`
      : html`<a href="${href('browse', '/')}">All files</a>`
  return html`<nav aria-label="Folder"><ol class="path"><li>${root}</li>
${links}</ol></nav>`
}

function table(path: string, { entries, isDeletable }: FolderPage): Html {
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th><th scope="col" class="date">Changed</th>${isDeletable ? html`<th scope="col">Actions</th>` : ''}</tr></thead>
<tbody>
${entries.map(entry => row(posix.join(path, entry.name), entry, isDeletable))}
</tbody>
</table></div>`
}

function row(path: string, { name, kind, size, modified }: Entry, isDeletable: boolean): Html {
  const isFile = kind === 'file'
  const link = isFile
    ? html`<a href="${href('download', path)}">${name}</a>`
    : html`<a href="${href('browse', path)}">${name}/</a>`
  const actions = html`<td><a href="${href('rename', path)}" aria-label="Rename ${name}">Rename</a> <a href="${href('delete', path)}" aria-label="Delete ${name}">Delete</a></td>`
  return html`<tr><th scope="row">${link}</th><td class="number">${isFile ? formatBytes(size) : ''}</td><td class="date">${timeElement(modified.getTime())}</td>${isDeletable ? actions : ''}</tr>
`
}

function forms(path: string): Html {
  return html`<h2>Upload</h2>
<form method="post" action="${href('upload', path)}" enctype="multipart/form-data">
<label for="file">Files</label>
<input id="file" name="file" type="file" multiple required>
<button>Upload</button>
</form>
<h2>New folder</h2>
<form method="post" action="${href('folder', path)}">
<label for="name">Name of the folder</label>
<input id="name" name="name" required maxlength="255" autocomplete="off">
<button>Make folder</button>
</form>`
}

async function upload(call: Call): Promise<Response> {
  const folder = pathOf(call)
  await storeForm(filesOf(call), folder, call.request, call.app.maxUploadBytes)
  return redirect(href('browse', folder))
}

async function makeFolder(call: Call): Promise<Response> {
  const folder = pathOf(call)
  const { name } = await readBody(folderNameSchema, call)
  await filesOf(call).makeDirectory(posix.join(folder, checkName(name)))
  return redirect(href('browse', folder))
}

async function showRename(call: Call): Promise<Response> {
  const path = pathOf(call)
  const { name } = await filesOf(call).stat(path)
  const content = html`${breadcrumbs(path)}
<form method="post" action="${href('rename', path)}">
<label for="name">New name, or a path from the root such as /files/new.txt</label>
<input id="name" name="name" value="${name}" required autocomplete="off">
<button>Rename</button> <a class="button plain" href="${href('browse', posix.dirname(path))}">Cancel</a>
</form>`
  return pageResponse({ title: 'Rename', content, client: call.client })
}

async function rename(call: Call): Promise<Response> {
  const path = pathOf(call)
  const { name } = await readBody(newNameSchema, call)
  const target = name.startsWith('/') ? name : posix.join(posix.dirname(path), checkName(name))
  await filesOf(call).rename(path, target)
  return redirect(href('browse', posix.dirname(posix.normalize(target))))
}

async function confirmDelete(call: Call): Promise<Response> {
  const path = pathOf(call)
  const { name, kind } = await filesOf(call).stat(path)
  const what = kind === 'file' ? 'file' : 'folder, which must be empty'
  const content = html`${breadcrumbs(path)}
<p>Delete <strong>${name}</strong> (${what})?</p>
<form method="post" action="${href('delete', path)}">
<button class="danger">Delete</button> <a class="button plain" href="${href('browse', posix.dirname(path))}">Cancel</a>
</form>`
  return pageResponse({ title: 'Delete', content, client: call.client })
}

async function remove(call: Call): Promise<Response> {
  const path = pathOf(call)
  const files = filesOf(call)
  const { kind } = await files.stat(path)
  if (kind === 'file') await files.removeFile(path)
  else await files.removeDirectory(path)
  return redirect(href('browse', posix.dirname(path)))
}
