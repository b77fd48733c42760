/** A file or folder of the tree that is open. What is done through it cannot leave the tree, whatever others do to its path. */
import { closeSync, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { FileError } from '../file-error.ts'
import { isSameFile, type OpenPath, type PathOpener } from './path-opener.ts'

export class OpenEntry {
  /** The path in the tree of what is open, such as `/files/hello.txt`, after links are followed. */
  readonly target: string
  readonly #opener: PathOpener
  readonly #opened: OpenPath
  #isClosed = false

  constructor(opener: PathOpener, opened: OpenPath, target: string) {
    this.#opener = opener
    this.#opened = opened
    this.target = target
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The properties that it had when it was opened. */
  get stats(): Stats {
    return this.#opened.stats
  }

  /** Its absolute path when it was opened, without links. */
  get real(): string {
    return this.#opened.real
  }

  /** An absolute path that leads to it until it is closed. */
  get path(): string {
    return this.#opener.pathOf(this.#opened)
  }

  /**
   * Returns the absolute path of an entry of this folder, for a system call that does not follow links. It is valid until the
   * folder is closed.
   *
   * @param name one name, not a path; empty for the folder itself
   */
  entry(name: string): string {
    return `${this.path}/${name}`
  }

  /** Opens the file for reading. The caller closes the handle. */
  openForReading(): Promise<FileHandle> {
    return this.#opener.openForReading(this.#opened)
  }

  /**
   * Opens a folder of this folder, without following a link. The caller closes it.
   *
   * @param name one name, not a path
   */
  async openFolder(name: string): Promise<OpenEntry> {
    const opened = await this.#opener.openIn(this.#opened, name)
    return new OpenEntry(this.#opener, { ...opened, real: append(this.real, name) }, append(this.target, name))
  }

  /**
   * Opens this folder, which was closed, again. The caller closes the result.
   *
   * @param child a folder in it that is open
   * @throws FileError with code `changed` if the child is in another folder by now
   */
  async reopenFrom(child: OpenEntry): Promise<OpenEntry> {
    const opened = await this.#opener.openIn(child.#opened, '..')
    const entry = new OpenEntry(this.#opener, { ...opened, real: this.real }, this.target)
    if (isSameFile(opened.stats, this.stats)) return entry
    entry.close()
    throw new FileError('changed', 'A folder was moved meanwhile. Try again')
  }

  /** Closing twice has no effect. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    closeSync(this.#opened.descriptor)
  }
}

/** Copies neither string: the path of a folder can be much longer than the system allows. */
function append(folder: string, name: string): string {
  return `${folder === '/' ? '' : folder}/${name}`
}
