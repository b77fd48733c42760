/** Prints the heads of requests and responses while they are sent and received, as `curl -v` does, with secrets masked. */
import type { ClientContext } from '../../../shared/service.ts'
import { escapeControls } from '../../../shared/terminal-text.ts'

/** Starts to print heads on standard error. The result stops it. */
export function printHeads({ trace, stderr }: ClientContext): () => void {
  return trace.on(event => {
    if (event.kind !== 'message' || event.protocol !== 'http' || event.side !== 'client') return
    stderr.write(formatHeadLines(event.bytes, event.direction === 'request' ? '>' : '<'))
  })
}

/** The empty line after a head is marked too, so that it is seen as a part of the message. */
function formatHeadLines(bytes: Uint8Array, mark: '>' | '<'): string {
  const text = Buffer.from(bytes).toString('latin1').trimEnd()
  const lines = [...text.split('\r\n'), '']
  return lines.map(line => `${`${mark} ${escapeControls(line)}`.trimEnd()}\n`).join('')
}
