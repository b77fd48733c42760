/** Commands that ftp-srv runs. Each is in the file of its chapter, like any other command. */
import type { Command, Requirement } from './command.ts'

/** Returns a command that ftp-srv runs. ftp-srv uses the files of the session, and sends its reply through the session. */
export function delegate(verb: string, syntax: string, requires: Requirement): Command {
  return {
    syntax,
    requires,
    run: async ({ environment }, _reply, argument) => {
      await environment.runFtpSrvCommand(verb, argument)
    },
  }
}
