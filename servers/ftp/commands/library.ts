/** The commands that ftp-srv answers itself. */
import { Refusal } from '../replies.ts'
import type { Rule, Rules } from './rule.ts'

/** Lets ftp-srv's own handler answer; its replies, too, go out through the session. */
function own(syntax: string, needs: Rule['needs']): Rule {
  const run: Rule['run'] = async ({ connection }, { verb, argument }) => {
    const arg = argument === '' ? null : argument
    await connection.commands.handle({ directive: verb, arg, flags: [], raw: verb })
  }
  return { syntax, needs, run }
}

const withName = (rule: Rule): Rule => ({
  ...rule,
  run: (session, command) => {
    if (command.argument === '') throw new Refusal(501, `${command.verb} needs a name`)
    return rule.run(session, command)
  },
})

const cwd = own('[<directory>]', 'login')
const cdup = own('', 'login')
const mkd = withName(own('<directory>', 'writer'))
const pwd = own('', 'login')

/** RFC 4217 begins with AUTH; without TLS the other two are out of place whenever they come. */
const withoutTls: Rule = {
  syntax: '',
  needs: 'nothing',
  run: () => {
    throw new Refusal(502, 'There is no TLS here')
  },
}

export const library: Rules = {
  ALLO: own('[<bytes>]', 'login'),
  CDUP: cdup,
  XCUP: cdup,
  CWD: cwd,
  XCWD: cwd,
  MKD: mkd,
  XMKD: mkd,
  MODE: own('S', 'login'),
  NOOP: own('', 'nothing'),
  PWD: pwd,
  XPWD: pwd,
  STRU: own('F', 'login'),
  SYST: own('', 'nothing'),
  // ftp-srv answers 502 to TLS, where it has no key, and 504 to anything else.
  AUTH: own('TLS', 'nothing'),
  PBSZ: withoutTls,
  PROT: withoutTls,
}
