/** The commands of the shell that transfer files. */
import path from 'node:path'
import { describeFiles, filesError } from '../commands/format-files.ts'
import { toStdout } from '../commands/stdout.ts'
import { withFilesProgress, withPartials } from '../commands/transfer-bar.ts'
import type { FtpFilesResult } from '../operations/files-result.ts'
import { getFilesWith } from '../transfer/get-files.ts'
import { expandPattern, isPattern } from '../transfer/glob.ts'
import { listLocally } from '../transfer/local-tree.ts'
import { putFilesWith, readLocalSources } from '../transfer/put-files.ts'
import { joinPath } from '../transfer/tree.ts'
import type { Shell, ShellArguments, ShellCommand } from './shell.ts'

const FLAGS = {
  mirror: { type: 'boolean' },
  delete: { type: 'boolean' },
  'dry-run': { type: 'boolean', short: 'n' },
  continue: { type: 'boolean', short: 'c' },
  'keep-times': { type: 'boolean' },
} as const

const FLAG_USAGE = '[--mirror [--delete]] [-n] [-c]'

export const transferCommands: readonly ShellCommand[] = [
  {
    names: ['get'],
    usage: `${FLAG_USAGE} PATH [TO]`,
    summary: 'download a file or directory',
    flags: FLAGS,
    words: [1, 2],
    completes: ['remote', 'local'],
    run: (shell, args) => getInto(shell, args, args.words[0] ?? '', args.words[1], false),
  },
  {
    names: ['mget'],
    usage: '[-c] PATTERN...',
    summary: 'download what matches patterns, to the local folder',
    flags: FLAGS,
    words: [1, Number.POSITIVE_INFINITY],
    completes: ['remote'],
    run: async (shell, args) => {
      for (const pattern of args.words) await getInto(shell, args, pattern, undefined, true)
    },
  },
  {
    names: ['put'],
    usage: `${FLAG_USAGE} FILE [PATH]`,
    summary: 'upload a file or folder',
    flags: FLAGS,
    words: [1, 2],
    completes: ['local', 'remote'],
    run: (shell, args) => putFrom(shell, args, [args.words[0] ?? ''], args.words[1]),
  },
  {
    names: ['mput'],
    usage: '[-c] PATTERN...',
    summary: 'upload what matches patterns, to the current directory',
    flags: FLAGS,
    words: [1, Number.POSITIVE_INFINITY],
    completes: ['local'],
    run: async (shell, args) => putFrom(shell, args, await expandLocally(shell, args.words), undefined),
  },
  {
    names: ['cat'],
    usage: 'PATH...',
    summary: 'print files',
    words: [1, Number.POSITIVE_INFINITY],
    completes: ['remote'],
    run: async (shell, { words }) => {
      for (const word of words) await printFile(shell, shell.remote(word))
    },
  },
]

const LINE_FEED = 10

async function printFile(shell: Shell, remote: string): Promise<void> {
  let last: number | undefined = LINE_FEED
  const to = toStdout(shell.context, bytes => {
    last = bytes.at(-1)
  })
  await shell.pool.run(session => session.download(remote, to))
  // The prompt would replace a line without an end.
  if (shell.context.stdout.isTTY && last !== LINE_FEED) shell.print('\n')
}

function settingsOf(args: ShellArguments) {
  return {
    mirror: args.has('mirror'),
    delete: args.has('delete'),
    dryRun: args.has('dry-run'),
    continue: args.has('continue'),
    keepTimes: args.has('keep-times') || undefined,
  }
}

async function getInto(
  shell: Shell,
  args: ShellArguments,
  source: string,
  to: string | undefined,
  glob: boolean,
): Promise<void> {
  const local = {
    to: to === undefined ? undefined : path.resolve(shell.localFolder, to),
    workingFolder: shell.localFolder,
  }
  const result = await withPartials(shell.context, 'get -c', onPartial =>
    withFilesProgress(shell.context, onProgress =>
      getFilesWith(shell.pool, shell.remote(source), { ...settingsOf(args), ...local, glob, onProgress, onPartial }),
    ),
  )
  report(shell, result)
}

async function putFrom(
  shell: Shell,
  args: ShellArguments,
  files: readonly string[],
  to: string | undefined,
): Promise<void> {
  const settings = settingsOf(args)
  const sources = await readLocalSources(
    files.map(file => path.resolve(shell.localFolder, file)),
    settings.mirror,
  )
  // Without a name, the current directory gets the files; a mirror is a directory of its own in it.
  const name = settings.mirror ? path.basename(files[0] ?? '') : ''
  const target = to === undefined ? joinPath(shell.directory, name) : shell.remote(to)
  const result = await withFilesProgress(shell.context, onProgress =>
    putFilesWith(shell.pool, sources, target, { ...settings, onProgress }),
  )
  report(shell, result)
}

async function expandLocally(shell: Shell, words: readonly string[]): Promise<string[]> {
  const found = words.map(word => (isPattern(word) ? expandPattern(word, listLocally(shell.localFolder)) : [word]))
  return (await Promise.all(found)).flat()
}

function report(shell: Shell, result: FtpFilesResult): void {
  const error = filesError(result)
  if (!error || result.actions.length > 0) shell.print(describeFiles(result))
  if (error) throw error
}
