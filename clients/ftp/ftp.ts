/** What an FTP client does: list, get, put, remove, make a directory, move; each in a session of its own. */
import { Readable, type Writable } from 'node:stream'
import type { Client, FileInfo } from 'basic-ftp'
import { UsageError } from '../../shared/errors.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { readLocal, targetFile, writeWhole } from './local.ts'
import { baseName, beside, type FtpPlace, type ResolvedPlace, resolvePlace } from './place.ts'

/** What every answer says: who gave it, and to what. */
export interface FtpResult {
  readonly server: Location
  readonly path: string
}

/** One file or directory of a listing. */
export interface FtpEntry {
  readonly name: string
  readonly type: 'file' | 'directory' | 'link' | 'unknown'
  readonly size: number
  /** As in ISO 8601, where the server tells it exactly (MLSD). */
  readonly modified?: string
}

/** What `list` gives: the entries of a directory (MLSD where the server has it, else LIST), or the one of a file. */
export interface FtpListing extends FtpResult {
  readonly entries: readonly FtpEntry[]
}

/** What `get` and `put` give, once the server has said 226. */
export interface FtpTransferred extends FtpResult {
  /** How many bytes were moved. */
  readonly size: number
  /** The local file, where there is one. */
  readonly file?: string
}

/** Hears how far a transfer is; `total` is undefined where nobody knows. */
export type OnProgress = (moved: number, total: number | undefined) => void

/** Which file to fetch, and where to. */
export interface FtpGetRequest extends FtpPlace {
  /** A file or a folder, or a stream, which is ended. A file is there only once it is complete. */
  readonly to: string | Writable
  readonly onProgress?: OnProgress | undefined
}

/** What to send, and where to; a path that ends with `/` is a directory, in which the file keeps its name. */
export interface FtpPutRequest extends FtpPlace {
  /** A file's name, a stream, or the content itself. */
  readonly from: string | Readable | Uint8Array
  readonly onProgress?: OnProgress | undefined
}

/** What to give another name or place. */
export interface FtpMoveRequest extends FtpPlace {
  /** From the top where it starts with `/`; a name beside the old one otherwise. */
  readonly to: string
}

/**
 * Lists a directory, or tells of one file.
 *
 * @throws UsageError for a URL that is none
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError with the server's code and text
 */
export async function list(request: FtpPlace, options: ClientOptions = {}): Promise<FtpListing> {
  const place = resolvePlace(request)
  return inSession(place, options, async (client, server) => {
    await client.useDefaultSettings()
    const found = await client.list(place.path)
    return { server, path: place.path, entries: found.map(describe) }
  })
}

const TYPES = ['unknown', 'file', 'directory', 'link'] as const

function describe({ name, type, size, modifiedAt }: FileInfo): FtpEntry {
  return { name, type: TYPES[type] ?? 'unknown', size, ...(modifiedAt && { modified: modifiedAt.toISOString() }) }
}

/** Fetches a file (RETR). Throws as `list` does, and a UsageError where the local file cannot be written. */
export async function get(request: FtpGetRequest, options: ClientOptions = {}): Promise<FtpTransferred> {
  const place = resolvePlace(request)
  const name = baseName(place.path)
  if (name === '' || place.path.endsWith('/')) throw new UsageError('that names a directory; get fetches one file')
  const { to, onProgress } = request
  if (typeof to !== 'string') return fetchInto(place, to, onProgress, options)
  const file = await targetFile(to, name)
  let result: FtpTransferred | undefined
  await writeWhole(file, async stream => {
    result = await fetchInto(place, stream, onProgress, options)
  })
  return { ...(result as FtpTransferred), file }
}

function fetchInto(
  place: ResolvedPlace,
  to: Writable,
  onProgress: OnProgress | undefined,
  options: ClientOptions,
): Promise<FtpTransferred> {
  return inSession(place, options, async (client, server) => {
    const total = onProgress && (await sizeOf(client, place.path))
    const size = await measured(client, total, onProgress, () => client.downloadTo(to, place.path))
    return { server, path: place.path, size }
  })
}

/** How big it is, for a progress bar; a server that does not say (RFC 3659 is newer than many) does without. */
async function sizeOf(client: Client, path: string): Promise<number | undefined> {
  const { code, message } = await client.sendIgnoringError(`SIZE ${path}`)
  return code === 213 ? Number.parseInt(message.slice(4), 10) : undefined
}

/** Runs a transfer of bytes as they are, tells how far it is, and returns how many bytes it moved. */
async function measured(
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

/** Sends a file (STOR). Throws as `list` does, and a UsageError where the local file cannot be read. */
export async function put(request: FtpPutRequest, options: ClientOptions = {}): Promise<FtpTransferred> {
  const { from } = request
  const place = namedPlace(resolvePlace(request), typeof from === 'string' ? baseName(from) : '')
  if (from instanceof Uint8Array) return send(place, Readable.from([from]), from.length, request, options)
  if (typeof from !== 'string') return send(place, from, undefined, request, options)
  const result = await readLocal(from, (stream, size) => send(place, stream, size, request, options))
  return { ...result, file: from }
}

/** A file that is put into a directory keeps its name. */
function namedPlace(place: ResolvedPlace, localName: string): ResolvedPlace {
  if (place.path !== '' && !place.path.endsWith('/')) return place
  if (localName === '') throw new UsageError('that names a directory; say what the file is to be called there')
  return { ...place, path: place.path + localName }
}

function send(
  place: ResolvedPlace,
  from: Readable,
  total: number | undefined,
  { onProgress }: FtpPutRequest,
  options: ClientOptions,
): Promise<FtpTransferred> {
  return inSession(place, options, async (client, server) => {
    const size = await measured(client, total, onProgress, () => client.uploadFrom(from, place.path))
    return { server, path: place.path, size }
  })
}

/** Removes a file (DELE), or an empty directory (RMD) where the path ends with `/`. Throws as `list` does. */
export async function remove(request: FtpPlace, options: ClientOptions = {}): Promise<FtpResult> {
  return simply(request, options, async (client, path) => {
    if (path.endsWith('/')) await client.removeEmptyDir(path.replace(/(?<=.)\/+$/, ''))
    else await client.remove(path)
  })
}

/** Makes a directory (MKD). Throws as `list` does. */
export async function makeDirectory(request: FtpPlace, options: ClientOptions = {}): Promise<FtpResult> {
  return simply(request, options, (client, path) => client.send(`MKD ${path}`))
}

/** Gives a file or a directory another name or place (RNFR, RNTO). Throws as `list` does. */
export async function move(request: FtpMoveRequest, options: ClientOptions = {}): Promise<FtpResult & { to: string }> {
  const to = beside(resolvePlace(request).path, request.to)
  const result = await simply(request, options, (client, path) => client.rename(path, to))
  return { ...result, to }
}

async function simply(
  request: FtpPlace,
  options: ClientOptions,
  work: (client: Client, path: string) => Promise<unknown>,
): Promise<FtpResult> {
  const place = resolvePlace(request)
  if (place.path === '') throw new UsageError('the URL names nothing but the server; give a path too')
  return inSession(place, options, async (client, server) => {
    await work(client, place.path)
    return { server, path: place.path }
  })
}

/** The library is loaded when a session is wanted, not when this file is. */
async function inSession<Result>(
  place: ResolvedPlace,
  options: ClientOptions,
  work: (client: Client, server: Location) => Promise<Result>,
): Promise<Result> {
  const { withSession } = await import('./session.ts')
  return withSession(place, options, work)
}
