/** `fourwire ftp ls|get|put|rm|mkdir|mv` */
import { addAbortSignal, Writable } from 'node:stream'
import * as z from 'zod'
import { UsageError } from '../../shared/errors.ts'
import { formatBytes } from '../../shared/format-bytes.ts'
import { type ClientContext, defineCommand } from '../../shared/service.ts'
import { type FtpEntry, get, list, makeDirectory, move, type OnProgress, put, remove } from './ftp.ts'
import { baseName, resolvePlace } from './place.ts'
import { progressBar } from './progress.ts'

const place = {
  url: z.string().describe('ftp://[USER[:PASSWORD]@]HOST[:PORT]/PATH, or /PATH on the running suite'),
  user: z.string().optional().describe('account to log in with (default: anonymous)'),
  password: z.string().optional().describe('its password'),
}

/** `fourwire ftp ls`: one line an entry, sizes in bytes, times in UTC. */
export const ls = defineCommand({
  name: 'ls',
  summary: 'list a directory',
  positional: ['url'],
  input: z.object({ ...place, url: place.url.default('/') }),
  example: 'fourwire ftp ls /files',
  run: async (input, context) => {
    const listing = await list(input, context)
    context.show(listing, listing.entries.map(entryLine).join('\n'))
  },
})

function entryLine({ name, type, size, modified }: FtpEntry): string {
  const time = modified === undefined ? '' : modified.slice(0, 16).replace('T', ' ')
  const amount = type === 'directory' ? '-' : String(size)
  return `${amount.padStart(12)}  ${time.padEnd(16)}  ${printable(name)}${type === 'directory' ? '/' : ''}`
}

/** What a server calls its files must not move the cursor. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
}

/** `fourwire ftp get`: into a file that is there only once it is complete, or to standard output. */
export const getCommand = defineCommand({
  name: 'get',
  summary: 'fetch a file',
  positional: ['url', 'file'],
  input: z.object({
    ...place,
    file: z.string().optional().describe("where to write it; - is standard output (default: the URL's last part)"),
  }),
  example: 'fourwire ftp get /files/hello.txt -',
  run: async (input, context) => {
    if (input.file === '-') return getToStdout(input, context)
    const to = input.file ?? safeName(input.url)
    const result = await withProgress(context, onProgress => get({ ...input, to, onProgress }, context))
    context.show(result, `${result.file}: ${formatBytes(result.size)}`)
  },
})

/** A name that a URL brings must not lead out of the folder we are in. */
function safeName(url: string): string {
  const name = baseName(resolvePlace({ url }).path)
  if (name === '' || name === '.' || name === '..') throw new UsageError(`${url} names no file; get fetches one file`)
  return name
}

async function getToStdout(input: { url: string }, context: ClientContext): Promise<void> {
  if (context.json) throw new UsageError('--json and the file cannot both go to standard output; give a FILE')
  const to = new Writable({
    write: (bytes, _, done) => {
      context.stdout.write(bytes, error => done(error))
    },
  })
  await withProgress(context, onProgress => get({ ...input, to, onProgress }, context))
}

/** `fourwire ftp put`: a file, or standard input. */
export const putCommand = defineCommand({
  name: 'put',
  summary: 'send a file',
  positional: ['file', 'url'],
  input: z.object({ file: z.string().describe('what to send; - is standard input'), ...place }),
  example: 'fourwire ftp put notes.txt /files/ --user demo --password demo',
  run: async ({ file, ...input }, context) => {
    const from = file === '-' ? addAbortSignal(context.signal, context.stdin) : file
    const result = await withProgress(context, onProgress => put({ ...input, from, onProgress }, context))
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

/** `fourwire ftp rm`: DELE, or RMD where the path ends with `/`. */
export const rm = defineCommand({
  name: 'rm',
  summary: 'remove a file, or an empty directory where the path ends with /',
  positional: ['url'],
  input: z.object(place),
  example: 'fourwire ftp rm ftp://demo:demo@ftp.fourwire.test/files/notes.txt',
  run: async (input, context) => {
    const result = await remove(input, context)
    context.show(result, `${result.path}: removed`)
  },
})

/** `fourwire ftp mkdir`: MKD. */
export const mkdir = defineCommand({
  name: 'mkdir',
  summary: 'make a directory',
  positional: ['url'],
  input: z.object(place),
  example: 'fourwire ftp mkdir ftp://demo:demo@ftp.fourwire.test/pictures',
  run: async (input, context) => {
    const result = await makeDirectory(input, context)
    context.show(result, `${result.path}: made`)
  },
})

/** `fourwire ftp mv`: RNFR and RNTO. */
export const mv = defineCommand({
  name: 'mv',
  summary: 'give a file or a directory another name or place',
  positional: ['url', 'newPath'],
  input: z.object({
    ...place,
    newPath: z.string().describe('from the top where it starts with /, else a name beside the old one'),
  }),
  example: 'fourwire ftp mv ftp://demo:demo@ftp.fourwire.test/files/notes.txt old.txt',
  run: async ({ newPath, ...input }, context) => {
    const result = await move({ ...input, to: newPath }, context)
    context.show(result, `${result.path}: moved to ${result.to}`)
  },
})
