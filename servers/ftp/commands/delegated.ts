/** Commands that ftp-srv runs, through its adapter. PBSZ and PROT are here because they follow AUTH. */
import { ReplyError } from '../session/replies.ts'
import type { Command, Commands, Requirement } from './command.ts'

/** Returns a command that ftp-srv runs; ftp-srv sends its reply through the session. */
function delegate(verb: string, syntax: string, requires: Requirement): Command {
  return {
    syntax,
    requires,
    run: async ({ environment }, _reply, argument) => {
      await environment.runFtpSrvCommand(verb, argument)
    },
  }
}

function withRequiredName(verb: string, command: Command): Command {
  return {
    ...command,
    run: (state, reply, argument) => {
      if (argument === '') throw new ReplyError(501, `${verb} needs a name`)
      return command.run(state, reply, argument)
    },
  }
}

/** For PBSZ and PROT, which a client sends after AUTH (RFC 4217). */
const tlsNotSupported: Command = {
  syntax: '',
  requires: 'nothing',
  run: () => {
    throw new ReplyError(502, 'There is no TLS here')
  },
}

export const delegated: Commands = {
  ALLO: delegate('ALLO', '[<bytes>]', 'login'),
  CDUP: delegate('CDUP', '', 'read'),
  XCUP: delegate('XCUP', '', 'read'),
  CWD: delegate('CWD', '[<directory>]', 'read'),
  XCWD: delegate('XCWD', '[<directory>]', 'read'),
  MKD: withRequiredName('MKD', delegate('MKD', '<directory>', 'write')),
  XMKD: withRequiredName('XMKD', delegate('XMKD', '<directory>', 'write')),
  MODE: delegate('MODE', 'S', 'login'),
  NOOP: delegate('NOOP', '', 'nothing'),
  PWD: delegate('PWD', '', 'login'),
  XPWD: delegate('XPWD', '', 'login'),
  STRU: delegate('STRU', 'F', 'login'),
  SYST: delegate('SYST', '', 'nothing'),
  // ftp-srv replies 502 to `AUTH TLS`, because it has no key, and 504 to anything else.
  AUTH: delegate('AUTH', 'TLS', 'nothing'),
  PBSZ: tlsNotSupported,
  PROT: tlsNotSupported,
}
