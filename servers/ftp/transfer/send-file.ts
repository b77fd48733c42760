/** Sends a file: reads the next part while the one before is sent, into two buffers that are used in turn. */
import type { FileHandle } from 'node:fs/promises'
import type { Download } from '../files/session-files.ts'
import { type Convert, toWire } from './ascii.ts'
import type { DataChannel } from './data-channel.ts'

export interface SendOptions {
  /** The offset of the first byte. */
  readonly start: number
  /** True converts line ends (ASCII type). */
  readonly isText: boolean
}

/**
 * Sends a file from an offset to its end; ends earlier if the file is shorter by now.
 *
 * @throws the error of the socket or of the file
 */
export async function sendFile(file: Download, { start, isText }: SendOptions, channel: DataChannel): Promise<void> {
  if (file.kind === 'read' && !isText)
    return channel.sendWhole(start === 0 ? file.content : file.content.subarray(start))
  const convert = isText ? toWire() : (bytes: Uint8Array) => bytes
  if (file.kind === 'read') return channel.end(convert(file.content.subarray(start)))
  return sendParts(file.handle, { start, end: file.size }, channel, convert)
}

async function sendParts(
  handle: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  channel: DataChannel,
  convert: Convert,
): Promise<void> {
  const partBytes = Math.min(channel.partBytes, end - start)
  const buffers = [Buffer.allocUnsafe(partBytes), Buffer.allocUnsafe(end - start > partBytes ? partBytes : 0)] as const
  const read = async (index: 0 | 1, position: number) => {
    const length = Math.min(partBytes, end - position)
    const { bytesRead } = await handle.read(buffers[index], 0, length, position)
    return buffers[index].subarray(0, bytesRead)
  }
  let index: 0 | 1 = 0
  let position = start
  let part = partBytes > 0 ? await read(index, position) : buffers[index]
  while (part.length > 0 && position + part.length < end) {
    position += part.length
    index = index === 0 ? 1 : 0
    ;[part] = await Promise.all([read(index, position), channel.write(convert(part))])
  }
  await channel.end(convert(part))
}
