/** What files and directories are called, and how big and old they are: DELE, RMD, RNFR, RNTO, SIZE, MDTM. */
import { formatTime } from '../listing.ts'
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import type { Rule, Rules } from './rule.ts'

async function dele(session: Session, path: string): Promise<void> {
  await session.tree.remove(path)
  session.note('removed', { path: session.tree.resolve(path) })
  session.reply(250, 'Removed')
}

async function rmd(session: Session, path: string): Promise<void> {
  await session.tree.removeDirectory(path)
  session.note('removed', { path: session.tree.resolve(path) })
  session.reply(250, 'Removed')
}

async function rnfr(session: Session, path: string): Promise<void> {
  if (path === '') throw new Refusal(501, 'RNFR needs a name')
  await session.tree.entry(path)
  session.renameFrom = path
  session.reply(350, 'And the new name? RNTO')
}

/** RFC 959: "This command must be immediately followed by a 'rename to' command." */
async function rnto(session: Session, path: string): Promise<void> {
  const from = session.renameFrom
  session.renameFrom = undefined
  if (from === undefined) throw new Refusal(503, 'RNFR comes first')
  await session.tree.rename(from, path)
  session.note('renamed', { path: session.tree.resolve(from), to: session.tree.resolve(path) })
  session.reply(250, 'Renamed')
}

/** The bytes on disk, whatever TYPE says: clients ask it to show how far they are, and to continue in image type. */
async function size(session: Session, path: string): Promise<void> {
  session.reply(213, String((await session.tree.file(path)).size))
}

async function mdtm(session: Session, path: string): Promise<void> {
  session.reply(213, formatTime((await session.tree.file(path)).modified))
}

const removeDirectory: Rule = {
  syntax: '<directory>',
  needs: 'writer',
  run: (session, { argument }) => rmd(session, argument),
}

export const files: Rules = {
  DELE: { syntax: '<file>', needs: 'writer', run: (session, { argument }) => dele(session, argument) },
  RMD: removeDirectory,
  XRMD: removeDirectory,
  RNFR: { syntax: '<path>', needs: 'writer', run: (session, { argument }) => rnfr(session, argument) },
  RNTO: { syntax: '<path>', needs: 'writer', run: (session, { argument }) => rnto(session, argument) },
  SIZE: {
    syntax: '<file>',
    needs: 'login',
    feature: 'SIZE',
    run: (session, { argument }) => size(session, argument),
  },
  MDTM: {
    syntax: '<file>',
    needs: 'login',
    feature: 'MDTM',
    run: (session, { argument }) => mdtm(session, argument),
  },
}
