/** Clients that read slowly, or not at all. The system keeps some megabytes for each of them, which a socket of Node does not see. */
import { truncate, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Wire } from '../../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, openDataConnection, openSession } from '../sessions.ts'
import { openSecureData, protectedSession, tlsSuite } from '../tls-sessions.ts'

/** More than is in the buffers of both systems. */
const FILE_BYTES = 24 * 1024 * 1024
/** Read at once, so that the buffer of the server's system has its largest size. With more, the client's system would keep more, too. */
const FAST_BYTES = 1024 * 1024
/** The server's system takes bytes again when more than a megabyte was acknowledged, which takes three seconds at this rate. */
const SLOW_BYTES_PER_SECOND = 400_000
const DATA_TIMEOUT_MS = 1500
const SLOW_MS = 5000

/** Creates a large file; opens a session and a data connection that sends it. */
type Download = () => Promise<{ readonly wire: Wire; readonly socket: Socket }>

async function createFile(folder: string): Promise<void> {
  await writeFile(path.join(folder, 'large'), '')
  await truncate(path.join(folder, 'large'), FILE_BYTES)
}

const downloadInClear: Download = async () => {
  const { port, www } = await ftpSuite({ ftp: { dataTimeout: DATA_TIMEOUT_MS } })
  await createFile(www)
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const { socket } = await openDataConnection(wire)
  await wire.play('C: RETR large\nS: 150 *')
  return { wire, socket }
}

const downloadOverTls: Download = async () => {
  const { suite, port } = await tlsSuite({ dataTimeout: DATA_TIMEOUT_MS })
  await createFile(path.join(suite.dataFolder, 'www'))
  const { wire } = await protectedSession(port)
  const { socket } = await openSecureData(wire, 'RETR large')
  return { wire, socket }
}

/** Reads the chunks of a data connection one at a time. */
async function* chunksOf(socket: Socket): AsyncGenerator<number> {
  socket.removeAllListeners('data').pause()
  for await (const chunk of socket) yield chunk.length
}

describeEach('a client that reads slowly is not idle', async ({ wire, socket }) => {
  let bytes = 0
  let slowSince = 0
  for await (const length of chunksOf(socket)) {
    bytes += length
    if (bytes < FAST_BYTES) continue
    slowSince ||= performance.now()
    if (performance.now() - slowSince < SLOW_MS) await wait((length * 1000) / SLOW_BYTES_PER_SECOND)
  }
  expect(bytes).toBe(FILE_BYTES)
  await wire.play('S: 226 *')
})

describeEach('a client that stops reading gets 426', async ({ wire, socket }) => {
  socket.pause()
  await wire.play('S: 426 The data connection broke; transfer aborted\nC: NOOP\nS: 200 *')
})

function describeEach(title: string, play: (download: Awaited<ReturnType<Download>>) => Promise<void>): void {
  test.each([
    ['in clear', downloadInClear],
    ['over TLS', downloadOverTls],
  ])(`${title} (%s)`, async (_channel, download) => play(await download()))
}
