/** The commands that ftp-srv runs. */
import { ReplyError } from '../session/replies.ts'
import type { Rule, Rules } from './rule.ts'

function libraryRule(verb: string, syntax: string, requires: Rule['requires']): Rule {
  return {
    syntax,
    requires,
    run: async ({ environment }, _reply, argument) => {
      await environment.runLibraryCommand(verb, argument)
    },
  }
}

function withRequiredName(verb: string, rule: Rule): Rule {
  return {
    ...rule,
    run: (state, reply, argument) => {
      if (argument === '') throw new ReplyError(501, `${verb} needs a name`)
      return rule.run(state, reply, argument)
    },
  }
}

/** PBSZ and PROT are part of RFC 4217, which begins with AUTH. */
const noTls: Rule = {
  syntax: '',
  requires: 'nothing',
  run: () => {
    throw new ReplyError(502, 'There is no TLS here')
  },
}

export const ftpSrv: Rules = {
  ALLO: libraryRule('ALLO', '[<bytes>]', 'login'),
  CDUP: libraryRule('CDUP', '', 'login'),
  XCUP: libraryRule('XCUP', '', 'login'),
  CWD: libraryRule('CWD', '[<directory>]', 'login'),
  XCWD: libraryRule('XCWD', '[<directory>]', 'login'),
  MKD: withRequiredName('MKD', libraryRule('MKD', '<directory>', 'write')),
  XMKD: withRequiredName('XMKD', libraryRule('XMKD', '<directory>', 'write')),
  MODE: libraryRule('MODE', 'S', 'login'),
  NOOP: libraryRule('NOOP', '', 'nothing'),
  PWD: libraryRule('PWD', '', 'login'),
  XPWD: libraryRule('XPWD', '', 'login'),
  STRU: libraryRule('STRU', 'F', 'login'),
  SYST: libraryRule('SYST', '', 'nothing'),
  // ftp-srv replies 502 to `AUTH TLS`, because it has no key, and 504 to anything else.
  AUTH: libraryRule('AUTH', 'TLS', 'nothing'),
  PBSZ: noTls,
  PROT: noTls,
}
