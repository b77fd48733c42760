/** Files under `DATA/www`: what a path leads to, and the answer to who asks for it. */
import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { errorCode } from '../../shared/errors.ts'
import { type FileTree, OutsideTreeError } from '../../shared/files/file-tree.ts'
import { type Answer, page, type Request, text } from './answer.ts'
import { bodyFrom, openContent } from './content.ts'
import { readFolder } from './folder.ts'
import { HotCache } from './hot-cache.ts'
import { listingPage } from './listing.ts'
import { mediaTypeOf } from './media-type.ts'
import { type Plan, planAnswer, type Representation, represent } from './representation.ts'
import { encodePath } from './target.ts'

/** What a path leads to. */
type Found =
  | { readonly kind: 'file'; readonly file: string; readonly state: Stats }
  | { readonly kind: 'folder'; readonly folder: string }
  | Refused

/** Where there is neither a file to send nor a folder to show. */
type Refused =
  /** A folder that was named like a file: relative links on its page would lead elsewhere. */
  { readonly kind: 'slash-missing' } | { readonly kind: 'nothing' } | { readonly kind: 'forbidden' }

/** What the system's errors mean to who asked. Others are the server's own trouble. */
const FOUND_BY_ERROR: Readonly<Record<string, Refused>> = {
  ENOENT: { kind: 'nothing' },
  ENOTDIR: { kind: 'nothing' },
  ENAMETOOLONG: { kind: 'nothing' },
  ELOOP: { kind: 'nothing' },
  EACCES: { kind: 'forbidden' },
  EPERM: { kind: 'forbidden' },
}

/** How often a file that keeps changing while it is opened is looked at again. */
const MAX_LOOKS = 5

export class Files {
  readonly #tree: FileTree
  readonly #now: () => number
  readonly #hot = new HotCache()

  /** @param now the clock, in milliseconds since 1970 */
  constructor(tree: FileTree, now: () => number = Date.now) {
    this.#tree = tree
    this.#now = now
  }

  /** The answer to GET or HEAD; at once where the file is in memory. */
  answer(request: Request): Answer | Promise<Answer> {
    const hot = this.#hot.get(request.path)
    if (!hot) return this.#find(request)
    const { answer, pieces } = this.#plan(request, hot.representation)
    return pieces ? { ...answer, body: bodyFrom(hot.content, pieces) } : answer
  }

  async #find(request: Request): Promise<Answer> {
    for (let look = 0; look < MAX_LOOKS; look++) {
      // What was there at the first look may be gone, or closed to us, when it is opened: the same errors, the same pages.
      const answer = await this.#look(request).catch((error: unknown) => refuse(request, foundByError(error)))
      if (answer) return answer
    }
    return page(503, `${encodePath(request.path)} is being written.`, ['Retry-After', '1'])
  }

  async #look(request: Request): Promise<Answer | undefined> {
    const found = await find(this.#tree, request.path)
    if (found.kind === 'folder') return this.#list(request.path, found.folder)
    return found.kind === 'file' ? this.#send(request, found) : refuse(request, found)
  }

  /** The answer for a file; undefined where it is not the file any more that was looked at. */
  async #send(request: Request, { file, state }: Found & { kind: 'file' }): Promise<Answer | undefined> {
    const representation = represent(mediaTypeOf(file), state)
    const { answer, pieces } = this.#plan(request, representation)
    if (!pieces) return answer
    const content = await openContent(file, state)
    if (!content) return undefined
    if (Buffer.isBuffer(content)) this.#hot.put(request.path, { file, state, representation, content }, this.#now())
    return { ...answer, body: bodyFrom(content, pieces) }
  }

  #plan({ method, headers }: Request, representation: Representation): Plan {
    return planAnswer(method, headers, representation, this.#now(), randomUUID)
  }

  async #list(path: string, folder: string): Promise<Answer> {
    const content = listingPage(path, await readFolder(this.#tree, path, folder))
    return text(200, 'text/html; charset=utf-8', content, [
      'Cache-Control',
      'no-cache',
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'",
    ])
  }
}

async function find(tree: FileTree, path: string): Promise<Found> {
  const target = await tree.locate(path)
  const state = await stat(target)
  if (state.isDirectory()) return path.endsWith('/') ? findIndex(tree, path, target) : { kind: 'slash-missing' }
  // Devices, FIFOs and sockets are not files that one can fetch; `/file/` is not `/file`.
  return state.isFile() && !path.endsWith('/') ? { kind: 'file', file: target, state } : { kind: 'nothing' }
}

async function findIndex(tree: FileTree, path: string, folder: string): Promise<Found> {
  const index: Found = await find(tree, `${path}index.html`).catch(foundByError)
  return index.kind === 'file' ? index : { kind: 'folder', folder }
}

function foundByError(error: unknown): Refused {
  const found = error instanceof OutsideTreeError ? FOUND_BY_ERROR.ENOENT : FOUND_BY_ERROR[errorCode(error) ?? '']
  if (found) return found
  throw error
}

function refuse(request: Request, { kind }: Refused): Answer {
  if (kind === 'slash-missing') return moved(request)
  if (kind === 'forbidden') return page(403, `${encodePath(request.path)} may not be read.`)
  return page(404, `There is nothing at ${encodePath(request.path)}`)
}

function moved({ path, query }: Request): Answer {
  const location = `${encodePath(path)}/${query === '' ? '' : `?${query}`}`
  return page(301, `It is at ${location}`, ['Location', location])
}
