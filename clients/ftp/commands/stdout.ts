/** Standard output as the target of a download. */
import { Writable } from 'node:stream'
import type { ClientContext } from '../../../shared/service.ts'

/** Returns a stream to standard output that can be ended: standard output stays open. */
export function toStdout({ stdout }: Pick<ClientContext, 'stdout'>): Writable {
  return new Writable({
    write: (bytes, _, done) => {
      stdout.write(bytes, error => done(error))
    },
  })
}
