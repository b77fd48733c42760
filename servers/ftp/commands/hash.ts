/** HASH (draft-bryan-ftpext-hash): the checksum of a file, or of its end after REST. */
import { digestOf, HASH_ALGORITHMS } from '../files/digest.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Commands, Reply } from './command.ts'

/** Counts as a transfer while it runs: STAT shows its progress, ABOR ends it, and the session is not idle. */
async function hash(state: SessionState, reply: Reply, path: string): Promise<void> {
  const start = state.restartOffset
  const { handle, size } = await state.files.openFile(path)
  const controller = new AbortController()
  const { signal } = controller
  let bytes = 0
  try {
    if (start > size) throw new ReplyError(554, `The file has only ${size} bytes`)
    const name = state.files.resolve(path)
    state.transfer = {
      direction: 'download',
      describe: () => `the hash of ${name}: ${bytes} of ${size - start} bytes read`,
      abort: () => controller.abort(),
    }
    const algorithm = state.hashAlgorithm
    const digest = await digestOf(handle, { algorithm, start, end: size, signal, onRead: length => (bytes += length) })
    reply(213, `${algorithm} ${start}-${start + bytes} ${digest} ${path}`)
  } catch (error) {
    throw signal.aborted ? new ReplyError(426, 'Hash aborted', { cause: error }) : error
  } finally {
    state.transfer = undefined
    await handle.close()
  }
}

/** `OPTS HASH` replies with the algorithm, `OPTS HASH SHA-512` selects one. */
export function selectAlgorithm(state: SessionState, reply: Reply, name: string): void {
  const selected = name === '' ? state.hashAlgorithm : HASH_ALGORITHMS.find(known => known === name.toUpperCase())
  if (!selected) throw new ReplyError(504, `Unknown algorithm; there are ${HASH_ALGORITHMS.join(', ')}`)
  state.hashAlgorithm = selected
  reply(200, selected)
}

/** A star marks the algorithm of this session. */
function hashFeature({ hashAlgorithm }: SessionState): string {
  return `HASH ${HASH_ALGORITHMS.map(name => (name === hashAlgorithm ? `${name}*` : name)).join(';')}`
}

export const hashes: Commands = {
  HASH: { syntax: '<file>', requires: 'read', feature: hashFeature, run: hash },
}
