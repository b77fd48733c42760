/** Commands for TLS (RFC 4217): AUTH, PBSZ, PROT. */
import { ReplyError } from '../session/replies.ts'
import { type Command, type Commands, withArgument } from './command.ts'
import { delegate } from './delegated.ts'

/** For PBSZ and PROT, which a client sends after AUTH. */
const tlsNotSupported: Command = {
  syntax: '',
  requires: 'nothing',
  run: () => {
    throw new ReplyError(502, 'There is no TLS here')
  },
}

export const security: Commands = {
  // ftp-srv replies 502 to `AUTH TLS`, because it has no key, and 504 to anything else.
  AUTH: withArgument('AUTH needs TLS', delegate('AUTH', 'TLS', 'nothing')),
  PBSZ: tlsNotSupported,
  PROT: tlsNotSupported,
}
