/** The served folder of the fuzz, with links that lead out of it, and what is outside. */
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Text that is in no file of the served folder, and in no name. */
const SECRET = 'canary-7f3a9c51'
/** More than any port, so that no other number of a reply has these digits by chance. */
const SECRET_BYTES = 1_283_947
const SECRET_TIME = new Date('1987-05-14T03:21:09Z')

/** What a reply or a listing must not have: content, names, size, and time of what is outside. */
const TRACES = [SECRET, String(SECRET_BYTES), '19870514032109']

/** Returns what bytes disclose of the files outside; undefined if nothing. */
export function findTrace(bytes: Buffer): string | undefined {
  return TRACES.find(trace => bytes.includes(trace))
}

export class Canaries {
  readonly #www: string
  readonly #outside: string
  #expected = ''

  constructor(dataFolder: string) {
    this.#www = path.join(dataFolder, 'www')
    this.#outside = path.join(dataFolder, 'outside')
  }

  /** Creates what is outside. */
  async create(): Promise<void> {
    await mkdir(path.join(this.#outside, 'folder'), { recursive: true })
    const content = SECRET.repeat(Math.ceil(SECRET_BYTES / SECRET.length)).slice(0, SECRET_BYTES)
    for (const name of ['canary.txt', `folder/${SECRET}`]) {
      const file = path.join(this.#outside, name)
      await writeFile(file, content)
      await chmod(file, 0o644)
    }
    await writeFile(path.join(this.#outside, SECRET), content)
    for (const name of ['canary.txt', SECRET, `folder/${SECRET}`, 'folder', '.']) {
      await utimes(path.join(this.#outside, name), SECRET_TIME, SECRET_TIME)
    }
    this.#expected = await describeTree(this.#outside)
  }

  /** Empties the served folder, and puts in it what sessions use. */
  async resetServedFolder(): Promise<void> {
    await rm(this.#www, { recursive: true, force: true })
    const inside = (name: string) => path.join(this.#www, name)
    await mkdir(inside('deep/er'), { recursive: true })
    await mkdir(inside('files'))
    await writeFile(inside('files/hello.txt'), 'Hello from Fourwire.\n')
    await writeFile(inside('large'), Buffer.alloc(3 * 1024 ** 2, 'large '))
    await writeFile(inside('empty'), '')
    const links = { out: this.#outside, outfile: path.join(this.#outside, 'canary.txt'), 'deep/up': '../..', loop: '.' }
    for (const [name, target] of Object.entries(links)) await symlink(target, inside(name))
    await symlink(path.join(this.#outside, 'new'), inside('dangling'))
    await symlink('files/hello.txt', inside('link'))
  }

  /** @throws Error if something outside has changed, or is new */
  async check(): Promise<void> {
    const found = await describeTree(this.#outside)
    if (found !== this.#expected)
      throw new Error(`changed outside the served folder:\n${this.#expected}\nnow:\n${found}`)
  }
}

/** Describes all files of a folder with their contents, permissions and times, except the times of access. */
async function describeTree(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).sort()
  const lines = await Promise.all(
    ['.', ...names].map(async name => {
      const file = path.join(folder, name)
      const { mode, mtimeMs, size, nlink } = await lstat(file)
      const content = (mode & 0o170000) === 0o100000 ? (await readFile(file, 'latin1')).replaceAll(SECRET, '') : ''
      const target = (mode & 0o170000) === 0o120000 ? await readlink(file) : ''
      return [name, mode.toString(8), mtimeMs, size, nlink, content.slice(0, 40), target].join(' ')
    }),
  )
  return lines.join('\n')
}
