/** The commands of the shell that list and change directories. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { UsageError } from '../../../shared/errors.ts'
import { listingLines, printable } from '../commands/format-listing.ts'
import { treeLines } from '../commands/format-tree.ts'
import { toSortedEntries } from '../operations/tree.ts'
import { ALGORITHMS } from '../remote/algorithms.ts'
import { makeDirectory, removeDirectory, removeFile } from '../remote/explained-changes.ts'
import { hashFile } from '../remote/hash-file.ts'
import { makeDirectories } from '../remote/make-directories.ts'
import { expandRemotely } from '../remote/remote-sources.ts'
import { readRemoteTree } from '../remote/remote-tree.ts'
import { removeTree } from '../remote/remove-tree.ts'
import { isPattern } from '../transfer/glob.ts'
import type { Shell, ShellCommand } from './shell.ts'

const MANY = Number.POSITIVE_INFINITY

export const directoryCommands: readonly ShellCommand[] = [
  {
    names: ['ls', 'dir'],
    usage: '[-l] [PATH|PATTERN]',
    summary: 'list a directory',
    flags: { long: { type: 'boolean', short: 'l' } },
    words: [0, 1],
    completes: ['remote'],
    run: async (shell, args) => {
      const target = shell.remote(args.words[0] ?? '')
      const entries = isPattern(target) ? await listMatches(shell, target) : await listDirectory(shell, target)
      shell.print(listingLines(entries, args.has('long')).join('\n'))
    },
  },
  {
    names: ['cd'],
    usage: '[PATH]',
    summary: 'change the current directory (default: /)',
    words: [0, 1],
    completes: ['remote-directory'],
    run: async (shell, { words: [target = '/'] }) => {
      shell.directory = await shell.pool.run(session => session.enterDirectory(shell.remote(target)))
    },
  },
  {
    names: ['pwd'],
    usage: '',
    summary: 'print the current directory',
    words: [0, 0],
    run: shell => shell.print(printable(shell.directory)),
  },
  {
    names: ['lcd'],
    usage: '[FOLDER]',
    summary: 'change the local folder, or print it',
    words: [0, 1],
    completes: ['local-folder'],
    run: async (shell, { words: [target = '.'] }) => {
      const folder = path.resolve(shell.localFolder, target)
      const isFolder = await stat(folder)
        .then(stats => stats.isDirectory())
        .catch(() => false)
      if (!isFolder) throw new UsageError(`${folder} is not a folder. lcd without a name prints the present one`)
      shell.localFolder = folder
      shell.print(folder)
    },
  },
  {
    names: ['tree'],
    usage: '[-L N] [PATH]',
    summary: 'list a directory with all that is in it',
    flags: { depth: { type: 'string', short: 'L' } },
    words: [0, 1],
    completes: ['remote-directory'],
    run: async (shell, args) => {
      const target = shell.remote(args.words[0] ?? '')
      const isAcceptable = (name: string) => name !== '.' && name !== '..'
      const { entries } = await readRemoteTree(shell.pool, target, {
        isAcceptable,
        depth: depthOf(args.value('depth')),
      })
      shell.print(treeLines(target, toSortedEntries(entries)).join('\n'))
    },
  },
  {
    names: ['rm'],
    usage: '[-r] PATH...',
    summary: 'remove files; with -r, directories with all that is in them',
    flags: { recursive: { type: 'boolean', short: 'r' } },
    words: [1, MANY],
    completes: ['remote'],
    run: async (shell, args) => {
      for (const word of args.words) {
        if (args.has('recursive')) await removeTree(shell.pool, shell.remote(word))
        else await shell.pool.run(session => removeFile(session, shell.remote(word)))
      }
    },
  },
  {
    names: ['rmdir'],
    usage: 'PATH...',
    summary: 'remove empty directories',
    words: [1, MANY],
    completes: ['remote-directory'],
    run: async (shell, { words }) => {
      for (const word of words) await shell.pool.run(session => removeDirectory(session, shell.remote(word)))
    },
  },
  {
    names: ['mkdir'],
    usage: '[-p] PATH...',
    summary: 'create directories',
    flags: { parents: { type: 'boolean', short: 'p' } },
    words: [1, MANY],
    completes: ['remote-directory'],
    run: async (shell, args) => {
      for (const word of args.words) {
        const target = shell.remote(word)
        await shell.pool.run<unknown>(session =>
          args.has('parents') ? makeDirectories(session, target) : makeDirectory(session, target),
        )
      }
    },
  },
  {
    names: ['mv', 'rename'],
    usage: 'FROM TO',
    summary: 'rename or move a file or directory',
    words: [2, 2],
    completes: ['remote'],
    run: (shell, { words: [from = '', to = ''] }) =>
      shell.pool.run(session => session.move(shell.remote(from), shell.remote(to))),
  },
  {
    names: ['chmod'],
    usage: 'MODE PATH',
    summary: 'change permissions (SITE CHMOD)',
    words: [2, 2],
    completes: ['other', 'remote'],
    run: (shell, { words: [mode = '', target = ''] }) =>
      shell.pool.run(session => session.changeMode(shell.remote(target), mode)),
  },
  {
    names: ['hash'],
    usage: `[-a ${ALGORITHMS.join('|')}] PATH...`,
    summary: 'print the hash of files',
    flags: { algorithm: { type: 'string', short: 'a' } },
    words: [1, MANY],
    completes: ['remote'],
    run: async (shell, args) => {
      const name = args.value('algorithm') ?? 'sha-256'
      const algorithm = ALGORITHMS.find(known => known === name)
      if (!algorithm)
        throw new UsageError(`unknown algorithm ${JSON.stringify(name)}. There are ${ALGORITHMS.join(', ')}`)
      for (const word of args.words) {
        const target = shell.remote(word)
        const { hash } = await shell.pool.run(session => hashFile(session, target, algorithm))
        shell.print(`${hash}  ${printable(target)}`)
      }
    },
  },
]

function listDirectory(shell: Shell, target: string) {
  return shell.pool.run(session => session.list(target))
}

async function listMatches(shell: Shell, pattern: string) {
  const paths = await expandRemotely(shell.pool, pattern)
  const found = paths.map(async match => ({ ...(await shell.pool.run(session => session.stat(match))), name: match }))
  return Promise.all(found)
}

function depthOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d?$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new UsageError(`-L: must be a number of levels from 1 to 99 (given: ${JSON.stringify(text)})`)
}
