/** A file in memory, in each coding that was requested. Pure. */
import { type Coding, chooseCoding } from './content-coding.ts'
import type { FileDescription } from './file-description.ts'
import type { ReadyContent } from './ready-content.ts'

/** What a file takes in addition to its content. */
const OVERHEAD_BYTES = 2048
/** Values of Accept-Encoding whose choice is kept. */
const MAX_CHOICES = 16

export class CachedFile {
  readonly description: FileDescription
  /** The content as it is. */
  readonly identity: ReadyContent
  /** Contents that are being read or compressed. */
  readonly pending = new Map<Coding, Promise<ReadyContent | undefined>>()
  /** The period in which the file was compared with the one on disk. */
  checkedIn: number
  /** Bytes in memory. */
  bytes: number
  readonly #coded = new Map<Coding, ReadyContent>()
  /** By the value of Accept-Encoding. */
  readonly #choices = new Map<string, ReadyContent>()
  readonly #isNegotiable: boolean

  constructor(description: FileDescription, identity: ReadyContent, checkedIn: number) {
    this.description = description
    this.identity = identity
    this.checkedIn = checkedIn
    this.bytes = identity.content.length + OVERHEAD_BYTES
    this.#isNegotiable = description.codings.length > 0
  }

  /** Returns the content in the coding to send; the name of the coding if the content is not there yet. */
  select(acceptEncoding: string | undefined): ReadyContent | Coding {
    if (acceptEncoding === undefined || !this.#isNegotiable) return this.identity
    return this.#choices.get(acceptEncoding) ?? this.#choose(acceptEncoding)
  }

  /** Adds the content in a coding. */
  add(coding: Coding, content: ReadyContent): void {
    this.bytes += content.content.length - (this.#coded.get(coding)?.content.length ?? 0)
    this.#coded.set(coding, content)
  }

  #choose(acceptEncoding: string): ReadyContent | Coding {
    const coding = chooseCoding(acceptEncoding, this.description.codings)
    const chosen = coding === undefined ? this.identity : (this.#coded.get(coding) ?? coding)
    if (typeof chosen !== 'string' && this.#choices.size < MAX_CHOICES) this.#choices.set(acceptEncoding, chosen)
    return chosen
  }
}
