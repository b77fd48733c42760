/** What is in files: RETR, STOR, APPE. */
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { assertNotReset } from '../data.ts'
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import { fromWireStreams, runTransfer, toWireStreams, withConnector } from '../transfer.ts'
import type { Upload, UploadStart } from '../upload.ts'
import type { Rules } from './rule.ts'

/** Where REST said to start; it holds for one transfer. */
function takeRestart(session: Session): number {
  const { restartAt } = session
  session.restartAt = 0
  // In ASCII type the bytes on the wire are not those on disk, so that a number of them means nothing.
  if (restartAt > 0 && session.type === 'ascii') throw new Refusal(504, 'REST works with TYPE I only')
  return restartAt
}

async function retr(session: Session, path: string): Promise<void> {
  await withConnector(session, async () => {
    const start = takeRestart(session)
    const { handle, size } = await session.tree.read(path)
    try {
      if (start > size) throw new Refusal(554, `The file has only ${size} bytes`)
      const name = session.tree.resolve(path)
      await runTransfer(session, {
        direction: 'out',
        about: session.type === 'image' ? `${name} (${size - start} bytes)` : name,
        move: (socket, signal) =>
          pipeline([handle.createReadStream({ start }), ...toWireStreams(session), socket], { signal }),
      })
    } finally {
      await handle.close()
    }
    session.note('sent', { path: session.tree.resolve(path), bytes: size - start })
  })
}

async function stor(session: Session, path: string, start: UploadStart): Promise<void> {
  await withConnector(session, async () => {
    const upload = await session.tree.write(path, start)
    try {
      await runTransfer(session, {
        direction: 'in',
        about: session.tree.resolve(path),
        move: (socket, signal) => receive(session, upload, socket, signal),
      })
    } catch (error) {
      await upload.discard()
      throw error
    }
    session.note('received', { path: session.tree.resolve(path) })
  })
}

/** The file has its name before the client is told that all went well. */
async function receive(session: Session, upload: Upload, socket: Socket, signal: AbortSignal): Promise<void> {
  await pipeline([socket, ...fromWireStreams(session), upload.handle.createWriteStream()], { signal })
  await assertNotReset(socket)
  socket.end()
  if (session.inputEnded) throw new Refusal(426, 'The control connection was closed; upload dropped')
  await upload.commit()
}

export const contents: Rules = {
  RETR: { syntax: '<file>', needs: 'login', run: (session, { argument }) => retr(session, argument) },
  STOR: {
    syntax: '<file>',
    needs: 'writer',
    run: (session, { argument }) => stor(session, argument, takeRestart(session)),
  },
  APPE: { syntax: '<file>', needs: 'writer', run: (session, { argument }) => stor(session, argument, 'end') },
}
