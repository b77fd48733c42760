/** The failure of a session of the fuzz. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure'
  /** What the server sent. */
  readonly received: Buffer

  constructor(message: string, received: Buffer) {
    super(message)
    this.received = received
  }
}
