/** Makes the content of a file in a coding: reads the compressed file beside it, or compresses. */
import { errorCode } from '../../../shared/errors.ts'
import type { CachedFile } from './cached-file.ts'
import { Compressor } from './compressor.ts'
import type { Coding } from './content-coding.ts'
import type { FileCache } from './file-cache.ts'
import { type FileDescription, MAX_CACHED_BYTES, neighbourOf, representFile } from './file-description.ts'
import { readSource } from './open-file.ts'
import { ReadyContent } from './ready-content.ts'

export class CodedContents {
  readonly #cache: FileCache
  readonly #compressor = new Compressor()

  constructor(cache: FileCache) {
    this.#cache = cache
  }

  /** Adds the content in a coding to a file in memory; the content as it is if too many files are being compressed. */
  async add(path: string, file: CachedFile, coding: Coding): Promise<ReadyContent> {
    const running = file.pending.get(coding) ?? this.#start(path, file, coding)
    return (await running) ?? file.identity
  }

  #start(path: string, file: CachedFile, coding: Coding): Promise<ReadyContent | undefined> {
    const making = this.#make(file, coding).finally(() => file.pending.delete(coding))
    file.pending.set(coding, making)
    return making.then(content => {
      if (content) this.#cache.add(path, file, coding, content)
      return content
    })
  }

  async #make({ description, identity }: CachedFile, coding: Coding): Promise<ReadyContent | undefined> {
    const neighbour = neighbourOf(description, coding)
    if (!neighbour) return this.compress(description, coding, () => identity.content)
    if (neighbour.version.size > MAX_CACHED_BYTES) return undefined
    try {
      const content = await readSource(neighbour)
      return content && new ReadyContent(representFile(description, neighbour, coding), content)
    } catch (error) {
      // It was removed, or may not be read.
      if (errorCode(error) === undefined) throw error
      return undefined
    }
  }

  /** Returns undefined if too many files are being compressed, or `read` returns it. */
  async compress(
    description: FileDescription,
    coding: Coding,
    read: () => Buffer | Promise<Buffer | undefined>,
  ): Promise<ReadyContent | undefined> {
    const content = await this.#compressor.compress(coding, read)
    return content && new ReadyContent(representFile(description, description.found, coding, content.length), content)
  }
}
