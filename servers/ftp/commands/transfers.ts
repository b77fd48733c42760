/** Transfers of files: RETR, STOR, APPE. */
import type { Socket } from 'node:net'
import { FileError } from '../../../shared/files/file-error.ts'
import type { Upload, UploadOffset } from '../../../shared/files/upload/upload.ts'
import { assertNotReset } from '../data-connection/connectors.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import { fromWire } from '../transfer/ascii.ts'
import type { DataChannel } from '../transfer/data-channel.ts'
import { sendFile } from '../transfer/send-file.ts'
import { runTransfer, thenCloseConnector } from '../transfer/transfer.ts'
import type { Commands, Reply } from './command.ts'

async function retr(state: SessionState, reply: Reply, path: string): Promise<void> {
  await thenCloseConnector(state, async () => {
    const start = restartOffset(state)
    const file = await state.files.openDownload(path)
    const name = state.files.resolve(path)
    const { size } = file
    try {
      if (start > size) throw new ReplyError(554, `The file has only ${size} bytes`)
      await runTransfer(state, reply, {
        direction: 'download',
        description: state.type === 'image' ? `${name} (${size - start} bytes)` : name,
        run: channel => sendFile(file, { start, isText: state.type === 'ascii' }, channel),
      })
    } finally {
      if (file.kind === 'open') await file.handle.close()
    }
    state.environment.log('sent', { path: name, bytes: size - start })
  })
}

export interface StoreOptions {
  readonly start: UploadOffset
  /** The text of the reply 150. */
  readonly opening?: string
}

/** Receives a file. STOU uses it too. */
export async function store(state: SessionState, reply: Reply, path: string, options: StoreOptions): Promise<void> {
  await thenCloseConnector(state, async () => {
    const controller = new AbortController()
    const upload = await startUpload(state, path, options.start, controller)
    const name = state.files.resolve(path)
    try {
      await runTransfer(state, reply, {
        direction: 'upload',
        description: name,
        ...(options.opening !== undefined && { opening: options.opening }),
        onAbort: () => controller.abort(),
        run: async (channel, socket) => {
          await receive(state, upload, channel, socket)
          await upload.commit(undefined, controller.signal)
        },
      })
    } catch (error) {
      // The client can continue a part. One that can never be complete is no use.
      await (options.start === 0 || error instanceof FileError ? upload.discard() : upload.keepPart())
      throw error
    }
    state.environment.log('received', { path: name })
  })
}

/**
 * Measures the quota, and copies the file that the upload continues. Counts as a transfer meanwhile: that can take long. The end of the
 * session ends it too, because nothing was received yet.
 */
async function startUpload(
  state: SessionState,
  path: string,
  start: UploadOffset,
  controller: AbortController,
): Promise<Upload> {
  const { ending, isAbortNext } = state.environment
  const abort = () => controller.abort()
  state.transfer = { direction: 'upload', describe: () => `the upload of ${state.files.resolve(path)} begins`, abort }
  ending.addEventListener('abort', abort, { once: true })
  try {
    if (ending.aborted || isAbortNext()) abort()
    return await state.files.startUpload(path, start, controller.signal)
  } finally {
    ending.removeEventListener('abort', abort)
    state.transfer = undefined
  }
}

/** Receives the content, up to a normal end. */
async function receive(state: SessionState, upload: Upload, channel: DataChannel, socket: Socket): Promise<void> {
  const text = state.type === 'ascii' ? fromWire() : undefined
  for await (const batch of channel.receive()) await upload.write(text ? batch.map(text.convert) : batch)
  if (text) await upload.write([text.end()])
  await assertNotReset(socket)
  // The socket is half-open: the client has ended its side.
  socket.end()
  if (state.inputEnded) throw new ReplyError(426, 'The control connection was closed; upload dropped')
}

/** Returns the offset that REST has set; the session forgets it after the command. */
function restartOffset(state: SessionState): number {
  // In ASCII type, offsets on the wire and on disk differ.
  if (state.restartOffset > 0 && state.type === 'ascii') throw new ReplyError(504, 'REST works with TYPE I only')
  return state.restartOffset
}

export const transfers: Commands = {
  RETR: { syntax: '<file>', requires: 'read', run: retr },
  STOR: {
    syntax: '<file>',
    requires: 'write',
    run: (state, reply, path) => store(state, reply, path, { start: restartOffset(state) }),
  },
  APPE: {
    syntax: '<file>',
    requires: 'write',
    run: (state, reply, path) => store(state, reply, path, { start: 'end' }),
  },
}
