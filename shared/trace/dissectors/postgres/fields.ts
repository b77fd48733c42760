/** Reads the fields of messages of PostgreSQL's protocol. A field that is cut off or missing is empty or 0. */

/** Returns the text up to the next zero byte, and where the next field starts. */
export function readText(body: Buffer, start = 0): { readonly text: string; readonly next: number } {
  const zero = body.indexOf(0, start)
  const end = zero === -1 ? body.length : zero
  return { text: body.toString('utf8', start, end), next: Math.min(end + 1, body.length) }
}

/** Returns the texts up to an empty one. */
export function readTexts(body: Buffer, start = 0): string[] {
  const texts: string[] = []
  let field = readText(body, start)
  while (field.text !== '') {
    texts.push(field.text)
    field = readText(body, field.next)
  }
  return texts
}

export function readInt16(body: Buffer, start: number): number {
  return start + 2 <= body.length ? body.readUInt16BE(start) : 0
}

export function readInt32(body: Buffer, start = 0): number {
  return start + 4 <= body.length ? body.readInt32BE(start) : 0
}

/** Returns a copy of the bytes whose end, from `start` on, is stars. */
export function maskFrom(bytes: Buffer, start: number): Buffer {
  return Buffer.from(bytes).fill('*', Math.min(start, bytes.length))
}
