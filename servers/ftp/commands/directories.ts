/** Commands on directories (RFC 959, section 4.1 and appendix II): CWD, CDUP, PWD, MKD, RMD, and their X forms. */
import type { SessionState } from '../session/state.ts'
import { type Command, type Commands, type Reply, withArgument } from './command.ts'
import { delegate } from './delegated.ts'

/** Clients send `~` for the directory in which a session starts. A directory of that name is `./~`. */
function fromHome(command: Command): Command {
  return { ...command, run: (state, reply, path) => command.run(state, reply, path === '~' ? '/' : path) }
}

async function rmd(state: SessionState, reply: Reply, path: string): Promise<void> {
  await state.files.removeDirectory(path)
  state.environment.log('removed', { path: state.files.resolve(path) })
  reply(250, 'Removed')
}

const removeDirectory: Command = { syntax: '<directory>', requires: 'write', run: rmd }

export const directories: Commands = {
  // Paths have slashes between their parts (RFC 3659, section 6).
  CWD: { ...fromHome(delegate('CWD', '[<directory>]', 'read')), feature: 'TVFS' },
  XCWD: fromHome(delegate('XCWD', '[<directory>]', 'read')),
  CDUP: delegate('CDUP', '', 'read'),
  XCUP: delegate('XCUP', '', 'read'),
  PWD: delegate('PWD', '', 'login'),
  XPWD: delegate('XPWD', '', 'login'),
  MKD: withArgument('MKD needs a name', delegate('MKD', '<directory>', 'write')),
  XMKD: withArgument('XMKD needs a name', delegate('XMKD', '<directory>', 'write')),
  RMD: removeDirectory,
  XRMD: removeDirectory,
}
