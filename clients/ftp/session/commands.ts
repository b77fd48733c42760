/** The commands of a session that is logged in, with errors that name the reply. */
import type { Client, FTPResponse } from 'basic-ftp'
import { translateError } from './error.ts'

export class SessionCommands {
  readonly client: Client
  #isImageType = false
  #usesUtf8 = false

  constructor(client: Client) {
    this.client = client
  }

  /**
   * Sends a command, and returns the reply.
   *
   * @throws RefusedError for a negative reply
   */
  async send(command: string): Promise<FTPResponse> {
    return this.run(() => this.client.send(command))
  }

  /** Sends a command, and returns the reply, also a negative one. */
  async request(command: string): Promise<FTPResponse> {
    return this.run(() => this.client.sendIgnoringError(command))
  }

  /** Runs an operation of the client, and translates its error. */
  async run<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      throw translateError(error)
    }
  }

  /** Call it before a command with a path: names are UTF-8 (RFC 2640), but some servers use it only after this command. */
  async prepare(path: string): Promise<void> {
    if (this.#usesUtf8 || !/[^ -~]/.test(path)) return
    this.#usesUtf8 = true
    await this.request('OPTS UTF8 ON')
  }

  async useImageType(): Promise<void> {
    if (this.#isImageType) return
    await this.send('TYPE I')
    this.#isImageType = true
  }

  /** Call it when another type may be in use: the next transfer sends TYPE again. */
  forgetType(): void {
    this.#isImageType = false
  }
}
