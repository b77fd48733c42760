/** `fourwire ftp ls|get|put|rm|mkdir|mv` */

import { addAbortSignal, Writable } from 'node:stream'
import * as z from 'zod'
import { RefusedError, UsageError } from '../../shared/errors.ts'
import { formatBytes } from '../../shared/format-bytes.ts'
import { progressBar } from '../../shared/progress-bar.ts'
import { type ClientContext, defineCommand } from '../../shared/service.ts'
import { type FtpEntry, get, list, makeDirectory, move, type OnProgress, put, remove } from './operations.ts'
import { baseName, type FtpTarget, isAnonymous, resolveTarget } from './target.ts'

const target = {
  url: z.string().describe('ftp://[USER[:PASSWORD]@]HOST[:PORT]/PATH, or /PATH on the running suite'),
  user: z.string().optional().describe('account to log in with (default: anonymous)'),
  password: z.string().optional().describe('password of the account'),
}

/** `fourwire ftp ls`: one line per entry, sizes in bytes, times in UTC. */
export const lsCommand = defineCommand({
  name: 'ls',
  summary: 'list a directory',
  positional: ['url'],
  input: z.object({ ...target, url: target.url.default('/') }),
  example: 'fourwire ftp ls /files',
  run: async (input, context) => {
    const listing = await list(input, context)
    context.show(listing, listing.entries.map(entryLine).join('\n'))
  },
})

function entryLine({ name, type, size, modified }: FtpEntry): string {
  const time = modified === undefined ? '' : modified.slice(0, 16).replace('T', ' ')
  const sizeText = type === 'directory' ? '-' : String(size)
  return `${sizeText.padStart(12)}  ${time.padEnd(16)}  ${printable(name)}${type === 'directory' ? '/' : ''}`
}

/** Replaces control characters: a file name from the server must not control the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match them
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

/** `fourwire ftp get`: to a file, which appears when it is complete, or to standard output. */
export const getCommand = defineCommand({
  name: 'get',
  summary: 'download a file',
  positional: ['url', 'file'],
  input: z.object({
    ...target,
    file: z.string().optional().describe('local file; - is standard output (default: the last part of the URL)'),
  }),
  example: 'fourwire ftp get /files/hello.txt -',
  run: async (input, context) => {
    if (input.file === '-') return getToStdout(input, context)
    const to = input.file ?? localName(input.url)
    const result = await withProgress(context, onProgress => get({ ...input, to, onProgress }, context))
    context.show(result, `${result.file}: ${formatBytes(result.size)}`)
  },
})

/** Returns the file name of a URL, which must not lead out of the current folder. */
function localName(url: string): string {
  const name = baseName(resolveTarget({ url }).path)
  if (name === '' || name === '.' || name === '..')
    throw new UsageError(`${JSON.stringify(url)} does not end with a file name. get downloads one file`)
  return name
}

async function getToStdout(input: { url: string }, context: ClientContext): Promise<void> {
  if (context.json) throw new UsageError('--json and the file cannot both go to standard output. Give a FILE')
  const to = new Writable({
    write: (bytes, _, done) => {
      context.stdout.write(bytes, error => done(error))
    },
  })
  await withProgress(context, onProgress => get({ ...input, to, onProgress }, context))
}

/** `fourwire ftp put`: from a file or standard input. */
export const putCommand = defineCommand({
  name: 'put',
  summary: 'upload a file',
  positional: ['file', 'url'],
  input: z.object({ file: z.string().describe('file to upload; - is standard input'), ...target }),
  example: 'fourwire ftp put notes.txt /files/ --user alice --password wonderland',
  run: async ({ file, ...input }, context) => {
    const from = file === '-' ? addAbortSignal(context.signal, context.stdin) : file
    const result = await withLoginHint(input, () =>
      withProgress(context, onProgress => put({ ...input, from, onProgress }, context)),
    )
    context.show(result, `${result.path}: ${formatBytes(result.size)}`)
  },
})

async function withProgress<Result>(
  context: ClientContext,
  transfer: (onProgress: OnProgress | undefined) => Promise<Result>,
): Promise<Result> {
  const bar = progressBar(context.stderr, () => performance.now())
  try {
    return await transfer(bar?.onProgress)
  } finally {
    bar?.clear()
  }
}

/** Replies to a command for which the account lacks permission (RFC 959, section 4.2). */
const PERMISSION_CODES: ReadonlySet<number | string> = new Set([530, 532, 550, 553])

/** Adds to the error of such a reply that the client was anonymous, and how to log in. */
async function withLoginHint<Result>(target: FtpTarget, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    const isHintUseful = error instanceof RefusedError && PERMISSION_CODES.has(error.code) && isAnonymous(target)
    if (!isHintUseful) throw error
    const message = `${error.message}. You are anonymous. Log in with --user NAME --password PASSWORD`
    throw new RefusedError(error.code, error.text, { message, cause: error })
  }
}

/** `fourwire ftp rm`: DELE, or RMD if the path ends with `/`. */
export const rmCommand = defineCommand({
  name: 'rm',
  summary: 'remove a file, or an empty directory if the path ends with /',
  positional: ['url'],
  input: z.object(target),
  example: 'fourwire ftp rm ftp://alice:wonderland@ftp.fourwire.test/files/notes.txt',
  run: async (input, context) => {
    const result = await withLoginHint(input, () => remove(input, context))
    context.show(result, `${result.path}: removed`)
  },
})

/** `fourwire ftp mkdir`: MKD. */
export const mkdirCommand = defineCommand({
  name: 'mkdir',
  summary: 'create a directory',
  positional: ['url'],
  input: z.object(target),
  example: 'fourwire ftp mkdir ftp://alice:wonderland@ftp.fourwire.test/pictures',
  run: async (input, context) => {
    const result = await withLoginHint(input, () => makeDirectory(input, context))
    context.show(result, `${result.path}: created`)
  },
})

/** `fourwire ftp mv`: RNFR and RNTO. */
export const mvCommand = defineCommand({
  name: 'mv',
  summary: 'rename or move a file or directory',
  positional: ['url', 'newPath'],
  input: z.object({
    ...target,
    newPath: z.string().describe('absolute if it starts with /, else relative to the directory of the old name'),
  }),
  example: 'fourwire ftp mv ftp://alice:wonderland@ftp.fourwire.test/files/notes.txt old.txt',
  run: async ({ newPath, ...input }, context) => {
    const result = await withLoginHint(input, () => move({ ...input, to: newPath }, context))
    context.show(result, `${result.path}: moved to ${result.to}`)
  },
})
