/** Reads files into memory. Requests that arrive together for one version of a file share one read and one buffer. */
import { readSource } from './open-file.ts'
import { isSameVersion, type SourceFile } from './source-file.ts'

interface RunningRead {
  readonly source: SourceFile
  readonly content: Promise<Buffer | undefined>
}

export class FileReads {
  readonly #running = new Map<string, RunningRead>()

  /**
   * Returns undefined if the file is no longer in this version.
   *
   * @param isShareable false if the file may have been written after a running read without a new version
   */
  read(source: SourceFile, isShareable: boolean): Promise<Buffer | undefined> {
    if (!isShareable) return readSource(source)
    const { real, version } = source
    const running = this.#running.get(real)
    if (running && isSameVersion(running.source.version, version)) return running.content
    const content = readSource(source).finally(() => {
      if (this.#running.get(real)?.content === content) this.#running.delete(real)
    })
    this.#running.set(real, { source, content })
    return content
  }
}
