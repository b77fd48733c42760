/** The argument of BDAT (RFC 3030, section 2): `1000` or `0 LAST`. Pure. */
export interface Chunk {
  readonly length: number
  readonly isLast: boolean
}

/** Returns undefined if the argument is malformed: then the client's next bytes could be content or commands. */
export function parseChunk(argument: string): Chunk | undefined {
  const [, length, last] = /^(\d{1,15})(\s+LAST)?$/i.exec(argument.trim()) ?? []
  return length === undefined ? undefined : { length: Number(length), isLast: last !== undefined }
}
