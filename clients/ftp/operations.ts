/** The operations of the FTP client, each in a session of its own: list, get, put, remove, makeDirectory, move. */
import { Readable, type Writable } from 'node:stream'
import type { Client, FileInfo } from 'basic-ftp'
import { UsageError } from '../../shared/errors.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { readLocalFile, resolveLocalFile, writeAtomically } from './local-file.ts'
import { baseName, type FtpTarget, type ResolvedTarget, resolveNewPath, resolveTarget } from './target.ts'

export interface FtpResult {
  /** The server that the client connected to. */
  readonly server: Location
  readonly path: string
}

/** One file or directory of a listing. */
export interface FtpEntry {
  readonly name: string
  readonly type: 'file' | 'directory' | 'link' | 'unknown'
  /** In bytes. */
  readonly size: number
  /** In ISO 8601, if the server sends the exact time (MLSD). */
  readonly modified?: string
}

/** The entries of a directory, or the entry of one file. */
export interface FtpListing extends FtpResult {
  readonly entries: readonly FtpEntry[]
}

export interface FtpTransferResult extends FtpResult {
  /** Bytes transferred. */
  readonly size: number
  /** The local file, if there is one. */
  readonly file?: string
}

/** Called during a transfer with numbers of bytes; `total` is undefined if the size is unknown. */
export type OnProgress = (transferred: number, total: number | undefined) => void

export interface FtpGetRequest extends FtpTarget {
  /** A file, a folder, or a stream, which `get` ends. A file is created when the download is complete. */
  readonly to: string | Writable
  readonly onProgress?: OnProgress | undefined
}

/** What to upload. If the path ends with `/`, it is a directory, and the file keeps its name. */
export interface FtpPutRequest extends FtpTarget {
  /** A file name, a stream, or the content. */
  readonly from: string | Readable | Uint8Array
  readonly onProgress?: OnProgress | undefined
}

export interface FtpMoveRequest extends FtpTarget {
  /** An absolute path if it starts with `/`; otherwise relative to the directory of the old name. */
  readonly to: string
}

/**
 * Lists a directory (MLSD, or LIST if the server does not support it) or one file.
 *
 * @throws UsageError if the URL is malformed
 * @throws UnreachableError if no server listens there
 * @throws RefusedError with the code and text of a negative reply
 */
export async function list(request: FtpTarget, options: ClientOptions = {}): Promise<FtpListing> {
  const target = resolveTarget(request)
  return inSession(target, options, async (client, server) => {
    await client.useDefaultSettings()
    const entries = await client.list(target.path)
    return { server, path: target.path, entries: entries.map(toEntry) }
  })
}

const TYPES = ['unknown', 'file', 'directory', 'link'] as const

function toEntry({ name, type, size, modifiedAt }: FileInfo): FtpEntry {
  return { name, type: TYPES[type] ?? 'unknown', size, ...(modifiedAt && { modified: modifiedAt.toISOString() }) }
}

/** Downloads a file (RETR). Throws like `list`, and a UsageError if the local file cannot be written. */
export async function get(request: FtpGetRequest, options: ClientOptions = {}): Promise<FtpTransferResult> {
  const target = resolveTarget(request)
  const name = baseName(target.path)
  if (target.path === '') throw new UsageError('the URL has no path. Add one')
  if (name === '' || target.path.endsWith('/')) {
    throw new UsageError(`${JSON.stringify(target.path)} is a directory. get downloads one file`)
  }
  const { to, onProgress } = request
  if (typeof to !== 'string') return download(target, to, onProgress, options)
  const file = await resolveLocalFile(to, name)
  const result = await writeAtomically(file, stream => download(target, stream, onProgress, options))
  return { ...result, file }
}

function download(
  target: ResolvedTarget,
  to: Writable,
  onProgress: OnProgress | undefined,
  options: ClientOptions,
): Promise<FtpTransferResult> {
  return inSession(target, options, async (client, server) => {
    const total = onProgress && (await sizeOf(client, target.path))
    const size = await runTransfer(client, total, onProgress, () => client.downloadTo(to, target.path))
    return { server, path: target.path, size }
  })
}

/** The size for the progress bar; undefined if the server does not support SIZE (RFC 3659). */
async function sizeOf(client: Client, path: string): Promise<number | undefined> {
  const { code, message } = await client.sendIgnoringError(`SIZE ${path}`)
  return code === 213 ? Number.parseInt(message.slice(4), 10) : undefined
}

/** Runs a transfer in image type, reports its progress, and returns the number of bytes. */
async function runTransfer(
  client: Client,
  total: number | undefined,
  onProgress: OnProgress | undefined,
  transfer: () => Promise<unknown>,
): Promise<number> {
  await client.send('TYPE I')
  let size = 0
  client.trackProgress(({ bytes }) => {
    size = bytes
    onProgress?.(bytes, total)
  })
  await transfer()
  client.trackProgress()
  return size
}

/** Uploads a file (STOR). Throws like `list`, and a UsageError if the local file cannot be read. */
export async function put(request: FtpPutRequest, options: ClientOptions = {}): Promise<FtpTransferResult> {
  const { from, onProgress } = request
  const target = withFileName(resolveTarget(request), typeof from === 'string' ? baseName(from) : '')
  const upload = (content: Readable, total: number | undefined) =>
    inSession(target, options, async (client, server) => {
      const size = await runTransfer(client, total, onProgress, () => client.uploadFrom(content, target.path))
      return { server, path: target.path, size }
    })
  if (from instanceof Uint8Array) return upload(Readable.from([from]), from.length)
  if (typeof from !== 'string') return upload(from, undefined)
  return { ...(await readLocalFile(from, upload)), file: from }
}

/** Appends the local file name if the target is a directory. */
function withFileName(target: ResolvedTarget, localName: string): ResolvedTarget {
  if (target.path !== '' && !target.path.endsWith('/')) return target
  if (localName === '') throw new UsageError('the URL names a directory. Add a file name')
  return { ...target, path: target.path + localName }
}

/** Removes a file (DELE), or an empty directory (RMD) if the path ends with `/`. Throws like `list`. */
export async function remove(request: FtpTarget, options: ClientOptions = {}): Promise<FtpResult> {
  return runOnPath(request, options, async (client, path) => {
    if (path.endsWith('/')) await client.removeEmptyDir(path.replace(/(?<=.)\/+$/, ''))
    else await client.remove(path)
  })
}

/** Creates a directory (MKD). Throws like `list`. */
export async function makeDirectory(request: FtpTarget, options: ClientOptions = {}): Promise<FtpResult> {
  return runOnPath(request, options, (client, path) => client.send(`MKD ${path}`))
}

/** Renames or moves a file or directory (RNFR, RNTO). Throws like `list`. */
export async function move(request: FtpMoveRequest, options: ClientOptions = {}): Promise<FtpResult & { to: string }> {
  const to = resolveNewPath(resolveTarget(request).path, request.to)
  const result = await runOnPath(request, options, (client, path) => client.rename(path, to))
  return { ...result, to }
}

async function runOnPath(
  request: FtpTarget,
  options: ClientOptions,
  run: (client: Client, path: string) => Promise<unknown>,
): Promise<FtpResult> {
  const target = resolveTarget(request)
  if (target.path === '') throw new UsageError('the URL has no path. Add one')
  return inSession(target, options, async (client, server) => {
    await run(client, target.path)
    return { server, path: target.path }
  })
}

/** Calls `withSession`; loads it, with basic-ftp, for the first session. */
async function inSession<Result>(
  target: ResolvedTarget,
  options: ClientOptions,
  run: (client: Client, server: Location) => Promise<Result>,
): Promise<Result> {
  const { withSession } = await import('./session.ts')
  return withSession(target, options, run)
}
