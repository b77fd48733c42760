/** STOU: stores a file under a name that no other file has (RFC 959, section 4.1.3; RFC 1123, section 4.1.2.9). */
import { randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Commands, Reply } from './command.ts'
import { store } from './transfers.ts'

/** The chance that two uploads at the same time choose the same name is negligible. */
const RANDOM_BYTES = 6
/** A name is taken already only by intention. */
const MAX_ATTEMPTS = 10

async function stou(state: SessionState, reply: Reply, suggestion: string): Promise<void> {
  if (state.restartOffset > 0) throw new ReplyError(504, 'REST does not work with STOU, which stores a new file')
  const path = await freePath(state, suggestion)
  // The format of this reply is prescribed: clients take the name from it.
  await store(state, reply, path, { start: 0, opening: `FILE: ${path}` })
}

async function freePath(state: SessionState, suggestion: string): Promise<string> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const path = addToName(suggestion, randomBytes(RANDOM_BYTES).toString('hex'))
    const exists = await state.files.stat(path).then(
      () => true,
      () => false,
    )
    if (!exists) return path
  }
  throw new ReplyError(450, 'No unique name was found; try again')
}

/** `folder/a.txt` and `1f` make `folder/a-1f.txt`. */
function addToName(suggestion: string, suffix: string): string {
  const { dir, name, ext } = posix.parse(suggestion)
  return posix.join(dir, `${name === '' ? 'upload' : name}-${suffix}${ext}`)
}

export const storeUnique: Commands = {
  STOU: { syntax: '[<file>]', requires: 'write', run: stou },
}
