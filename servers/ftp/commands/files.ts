/** Commands on files: DELE, RNFR, RNTO (RFC 959); SIZE, MDTM (RFC 3659); MFMT (draft-somers-ftp-mfxx). */
import { formatTime, parseTime } from '../files/listing.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Commands, Reply } from './command.ts'

async function dele(state: SessionState, reply: Reply, path: string): Promise<void> {
  await state.files.removeFile(path)
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

/** Sets the time that MDTM and the fact `modify` show, as programs that copy folders do. */
async function mfmt(state: SessionState, reply: Reply, argument: string): Promise<void> {
  const [, digits = '', path = ''] = /^(\S+) (.+)$/s.exec(argument) ?? []
  const modified = parseTime(digits)
  if (!modified) throw new ReplyError(501, 'MFMT needs a time such as 20261122170000 (UTC) and a path')
  await state.files.setModified(path, modified)
  state.environment.log('changed the time', { path: state.files.resolve(path), modified })
  reply(213, `Modify=${formatTime(modified)}; ${path}`)
}

export const files: Commands = {
  DELE: { syntax: '<file>', requires: 'write', run: dele },
  RNFR: { syntax: '<path>', requires: 'write', run: rnfr },
  RNTO: { syntax: '<path>', requires: 'write', run: rnto },
  SIZE: { syntax: '<file>', requires: 'read', feature: 'SIZE', run: size },
  MDTM: { syntax: '<file>', requires: 'read', feature: 'MDTM', run: mdtm },
  MFMT: { syntax: '<YYYYMMDDhhmmss> <path>', requires: 'write', feature: 'MFMT', run: mfmt },
}
