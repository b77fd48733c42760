/** Commands about the room for uploads: ALLO. */
import { statfs } from 'node:fs/promises'
import { ReplyError } from '../session/replies.ts'
import { accountOf, type SessionState } from '../session/state.ts'
import type { Command, Commands } from './command.ts'
import { delegate } from './delegated.ts'

/** A size in bytes, and perhaps the size of a record (RFC 959, section 4.1.2). */
const SIZES = /^(\d{1,15})(?: R \d{1,15})?$/i

const allocate = delegate('ALLO', '<bytes> [R <bytes>]', 'read')

/** Allocates nothing, but refuses what cannot fit even if the upload replaces all other files of the account. */
const allo: Command = {
  ...allocate,
  run: async (state, reply, argument) => {
    const [, bytes] = SIZES.exec(argument) ?? []
    if (bytes === undefined) throw new ReplyError(501, 'ALLO needs a number of bytes')
    await requireRoom(state, Number(bytes))
    await allocate.run(state, reply, argument)
  },
}

/** @throws ReplyError 552 if the quota of the account is smaller, 452 if the disk has not enough room */
async function requireRoom(state: SessionState, bytes: number): Promise<void> {
  const quota = accountOf(state)?.fileQuota
  if (quota !== undefined && bytes > quota) {
    throw new ReplyError(552, `The file quota of this account is ${quota} bytes`)
  }
  const { bavail, bsize } = await statfs(state.environment.fileTree.root)
  if (bytes > bavail * bsize) throw new ReplyError(452, 'No space left')
}

export const storage: Commands = { ALLO: allo }
