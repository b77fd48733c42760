/** Standard output as the target of a download. */
import type { ClientContext } from '../../../shared/service.ts'
import { TerminalText } from '../../../shared/terminal-text.ts'
import { DownloadTarget } from '../session/streams.ts'

/**
 * Returns a stream that can be ended: standard output stays open. On a terminal, it escapes control characters.
 *
 * @param onBytes called with each chunk
 */
export function toStdout(
  { stdout }: Pick<ClientContext, 'stdout'>,
  onBytes: (bytes: Buffer) => void = () => {},
): DownloadTarget {
  const text = stdout.isTTY ? new TerminalText() : undefined
  return new DownloadTarget(
    bytes =>
      new Promise((resolve, reject) => {
        onBytes(bytes)
        stdout.write(text ? text.push(bytes) : bytes, error => (error ? reject(error) : resolve()))
      }),
  )
}
