/** The name of the file of `--remote-name`. Pure. */
import { UsageError } from '../../../shared/errors.ts'

/** A name that would be another file, or that a terminal or a system cannot show: the folder itself, control characters. */
const UNSAFE = /^\.{0,2}$|[\p{Cc}/\\]/u

/**
 * Returns the last segment of a URL's path, not decoded, as curl does.
 *
 * @throws UsageError if the path ends with a slash
 */
export function fileNameOf(url: string): string {
  const path = url.replace(/^[A-Za-z][\w+.-]*:\/\//, '').replace(/[?#].*$/s, '')
  const slash = path.lastIndexOf('/')
  const name = slash === -1 ? '' : path.slice(slash + 1)
  if (UNSAFE.test(name)) throw new UsageError(`--remote-name: ${url} has no file name. Give one with -o FILE`)
  return name
}
