/** The commands that ftp-srv runs. */
import { ReplyError } from '../session/replies.ts'
import type { Command, Commands } from './command.ts'

function libraryCommand(verb: string, syntax: string, requires: Command['requires']): Command {
  return {
    syntax,
    requires,
    run: async ({ environment }, _reply, argument) => {
      await environment.runLibraryCommand(verb, argument)
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

export const ftpSrv: Commands = {
  ALLO: libraryCommand('ALLO', '[<bytes>]', 'login'),
  CDUP: libraryCommand('CDUP', '', 'login'),
  XCUP: libraryCommand('XCUP', '', 'login'),
  CWD: libraryCommand('CWD', '[<directory>]', 'login'),
  XCWD: libraryCommand('XCWD', '[<directory>]', 'login'),
  MKD: withRequiredName('MKD', libraryCommand('MKD', '<directory>', 'write')),
  XMKD: withRequiredName('XMKD', libraryCommand('XMKD', '<directory>', 'write')),
  MODE: libraryCommand('MODE', 'S', 'login'),
  NOOP: libraryCommand('NOOP', '', 'nothing'),
  PWD: libraryCommand('PWD', '', 'login'),
  XPWD: libraryCommand('XPWD', '', 'login'),
  STRU: libraryCommand('STRU', 'F', 'login'),
  SYST: libraryCommand('SYST', '', 'nothing'),
  // ftp-srv replies 502 to `AUTH TLS`, because it has no key, and 504 to anything else.
  AUTH: libraryCommand('AUTH', 'TLS', 'nothing'),
  PBSZ: tlsNotSupported,
  PROT: tlsNotSupported,
}
