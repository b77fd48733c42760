/** Completes commands, paths on the server and local paths. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { parseLine, quoteWord } from './parse-line.ts'
import type { Shell } from './shell.ts'

/** What readline takes: the words that can be in place of the end of the line, and that end. */
export type Completion = [completions: string[], completed: string]

/** Bounds the words that are shown. */
const MAX_COMPLETIONS = 200

/** Returns the completions of the last word of a line. */
export async function complete(shell: Shell, line: string): Promise<Completion> {
  const { words, last } = parseLine(line)
  const isFirst = words.length === (last.start === line.length ? 0 : 1)
  const completed = line.slice(last.start)
  if (isFirst) return [commandNames(shell, last.text).map(name => `${name} `), completed]
  const matches = await matchesOf(shell, words[0] ?? '', last.text)
  return [matches.slice(0, MAX_COMPLETIONS).map(match => quoteWord(match, last.quote)), completed]
}

async function matchesOf(shell: Shell, commandName: string, text: string): Promise<string[]> {
  const completes = shell.find(commandName)?.completes
  if (completes === 'command') return commandNames(shell, text)
  // A word that ends with a slash names what is in the directory.
  const slash = text.lastIndexOf('/') + 1
  const [folder, prefix] = [text.slice(0, slash), text.slice(slash)]
  const entries =
    completes === 'remote' ? await listRemotely(shell, folder) : await listLocally(shell, folder, completes)
  return entries
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
}

async function listRemotely(shell: Shell, folder: string): Promise<Named[]> {
  const entries = await shell.listings.read(shell.remote(folder))
  // A name with control characters could change the line on the terminal.
  return entries
    .filter(({ name }) => !/\p{Cc}/u.test(name))
    .map(({ name, type }) => ({ name, isFolder: type === 'directory' }))
}

async function listLocally(shell: Shell, folder: string, completes: 'local' | undefined): Promise<Named[]> {
  if (completes === undefined) return []
  const entries = await readdir(path.resolve(shell.localFolder, folder), { withFileTypes: true }).catch(() => [])
  return entries.map(entry => ({ name: entry.name, isFolder: entry.isDirectory() }))
}
