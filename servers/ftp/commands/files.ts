/** Commands on files and directories: DELE, RMD, RNFR, RNTO, SIZE, MDTM. */
import { formatTime } from '../files/listing.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Command, Commands, Reply } from './command.ts'

async function dele(state: SessionState, reply: Reply, path: string): Promise<void> {
  await state.files.removeFile(path)
  state.environment.log('removed', { path: state.files.resolve(path) })
  reply(250, 'Removed')
}

async function rmd(state: SessionState, reply: Reply, path: string): Promise<void> {
  await state.files.removeDirectory(path)
  state.environment.log('removed', { path: state.files.resolve(path) })
  reply(250, 'Removed')
}

async function rnfr(state: SessionState, reply: Reply, path: string): Promise<void> {
  state.renameFrom = undefined
  if (path === '') throw new ReplyError(501, 'RNFR needs a name')
  await state.files.beginRename(path)
  state.renameFrom = path
  reply(350, 'Send the new name with RNTO')
}

/** RFC 959: "This command must be immediately followed by a 'rename to' command." */
async function rnto(state: SessionState, reply: Reply, path: string): Promise<void> {
  const from = state.renameFrom
  if (from === undefined) throw new ReplyError(503, 'RNFR comes first')
  await state.files.rename(from, path)
  state.environment.log('renamed', { path: state.files.resolve(from), to: state.files.resolve(path) })
  reply(250, 'Renamed')
}

/** Replies with the size on disk in either type: clients use it to show progress and to resume transfers. */
async function size(state: SessionState, reply: Reply, path: string): Promise<void> {
  reply(213, String((await state.files.statFile(path)).size))
}

async function mdtm(state: SessionState, reply: Reply, path: string): Promise<void> {
  reply(213, formatTime((await state.files.statFile(path)).modified))
}

const removeDirectory: Command = { syntax: '<directory>', requires: 'write', run: rmd }

export const files: Commands = {
  DELE: { syntax: '<file>', requires: 'write', run: dele },
  RMD: removeDirectory,
  XRMD: removeDirectory,
  RNFR: { syntax: '<path>', requires: 'write', run: rnfr },
  RNTO: { syntax: '<path>', requires: 'write', run: rnto },
  SIZE: { syntax: '<file>', requires: 'read', feature: 'SIZE', run: size },
  MDTM: { syntax: '<file>', requires: 'read', feature: 'MDTM', run: mdtm },
}
