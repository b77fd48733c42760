/** Completes commands, paths on the server and local paths. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { parseLine, quoteWord } from './parse-line.ts'
import type { Shell, WordKind } from './shell.ts'

/** What readline takes: the words that can be in place of the end of the line, and that end. */
export type Completion = [completions: string[], completed: string]

/** Bounds the words that are shown. */
const MAX_COMPLETIONS = 200

/** Returns the completions of the last word of a line. */
export async function complete(shell: Shell, line: string): Promise<Completion> {
  const { words, last } = parseLine(line)
  const before = last.start === line.length ? words : words.slice(0, -1)
  const [name] = before
  const matches =
    name === undefined
      ? commandNames(shell, last.text).map(match => `${match} `)
      : await matchesOf(shell, kindOfWord(shell, name, before), last.text)
  const shown = name === undefined ? matches : bounded(matches).map(match => quoteWord(match, last.quote))
  return [shown, line.slice(last.start)]
}

/** Readline inserts what all completions begin with. The last one stays, so that this does not change. */
function bounded(sorted: readonly string[]): readonly string[] {
  return sorted.length <= MAX_COMPLETIONS ? sorted : [...sorted.slice(0, MAX_COMPLETIONS - 1), ...sorted.slice(-1)]
}

/** @param before the words before the one to complete */
function kindOfWord(shell: Shell, commandName: string, before: readonly string[]): WordKind {
  const kinds = shell.find(commandName)?.completes ?? []
  const position = before.slice(1).filter(word => !word.startsWith('-')).length
  return kinds[position] ?? kinds.at(-1) ?? 'other'
}

async function matchesOf(shell: Shell, kind: WordKind, text: string): Promise<string[]> {
  if (kind === 'other') return []
  if (kind === 'command') return commandNames(shell, text)
  // A word that ends with a slash names what is in the directory.
  const slash = text.lastIndexOf('/') + 1
  const [folder, prefix] = [text.slice(0, slash), text.slice(slash)]
  const isRemote = kind === 'remote' || kind === 'remote-directory'
  const entries = await (isRemote ? listRemotely(shell, folder) : listLocally(shell, folder))
  const needsFolder = kind === 'remote-directory' || kind === 'local-folder'
  return entries
    .filter(({ isFolder, isLink }) => isFolder || isLink || !needsFolder)
    .filter(({ name }) => name.startsWith(prefix) && (prefix !== '' || !name.startsWith('.')))
    .map(({ name, isFolder }) => `${folder}${name}${isFolder ? '/' : ''}`)
    .sort()
}

function commandNames({ commands }: Shell, prefix: string): string[] {
  return commands
    .flatMap(({ names }) => names)
    .filter(name => name.startsWith(prefix))
    .sort()
}

interface Named {
  readonly name: string
  readonly isFolder: boolean
  /** True for a link, which may lead to a folder. */
  readonly isLink: boolean
}

async function listRemotely(shell: Shell, folder: string): Promise<Named[]> {
  const entries = await shell.listings.read(shell.remote(folder))
  // A name with control characters could change the line on the terminal.
  return entries
    .filter(({ name }) => !/\p{Cc}/u.test(name))
    .map(({ name, type }) => ({ name, isFolder: type === 'directory', isLink: type === 'link' }))
}

async function listLocally(shell: Shell, folder: string): Promise<Named[]> {
  const entries = await readdir(path.resolve(shell.localFolder, folder), { withFileTypes: true }).catch(() => [])
  return entries.map(entry => ({ name: entry.name, isFolder: entry.isDirectory(), isLink: entry.isSymbolicLink() }))
}
