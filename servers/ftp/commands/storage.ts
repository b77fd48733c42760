/** Commands about the room for uploads: ALLO. */
import { ReplyError } from '../session/replies.ts'
import type { Command, Commands } from './command.ts'
import { delegate } from './delegated.ts'

/** A size in bytes, and perhaps the size of a record (RFC 959, section 4.1.2). */
const SIZES = /^\d{1,15}( R \d{1,15})?$/i

const allocate = delegate('ALLO', '<bytes> [R <bytes>]', 'login')

const allo: Command = {
  ...allocate,
  run: (state, reply, argument) => {
    if (!SIZES.test(argument)) throw new ReplyError(501, 'ALLO needs a number of bytes')
    return allocate.run(state, reply, argument)
  },
}

export const storage: Commands = {
  ALLO: allo,
}
