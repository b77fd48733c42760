/** Faults of ftp-srv as it is: what to do with a server, and what it then shows. */
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Wire } from '../../helpers/wire.ts'
import {
  codeOf,
  connect,
  openData,
  openSession,
  passivePort,
  readReply,
  send,
  upload,
  waitUntilRead,
} from './stock-faults-client.ts'

/** A server to look at. */
export interface Target {
  readonly port: number
  readonly portWithoutTls: number
  /** The served folder. */
  readonly www: string
  /** Counts the timers and the open files of its process. */
  resources(): Promise<{ readonly timers: number; readonly files: number }>
}

export interface Fault {
  readonly title: string
  /** Does what shows the fault; resolves with what the client or the disk then has. */
  observe(target: Target): Promise<unknown>
  readonly ours: unknown
  readonly stock: unknown
}

const LARGE_BYTES = 64 * 1024 ** 2
const FLOODS = 50
const CLIENTS = 10
/** Handshakes until the race is lost; the first one mostly is, while other sessions send commands. */
const MAX_HANDSHAKES = 50

export const FAULTS: readonly Fault[] = [
  {
    title: 'a command that arrives in two packets',
    observe: async target => {
      const wire = await openSession(target)
      wire.send('NO')
      await waitUntilRead(target)
      return codeOf(await send(wire, 'OP'))
    },
    ours: '200',
    stock: '502',
  },
  {
    title: 'a client that begins TLS as soon as it has the reply to AUTH',
    observe: async target => {
      const busy = await openSession(target)
      busy.socket.on('data', () => busy.send('NOOP\r\n'))
      busy.send('NOOP\r\n'.repeat(20))
      for (let count = 0; count < MAX_HANDSHAKES; count++) {
        const wire = await connect(target.port)
        await send(wire, 'AUTH TLS')
        const isSecure = await wire.startTls().then(
          secure => secure.socket.destroy() !== undefined,
          () => false,
        )
        if (!isSecure) return 'handshake failed'
      }
      return 'all handshakes succeeded'
    },
    ours: 'all handshakes succeeded',
    stock: 'handshake failed',
  },
  {
    title: 'a command in clear behind AUTH is not run inside TLS',
    observe: async target => {
      const wire = await connect(target.port)
      await send(wire, 'AUTH TLS\r\nUSER injected')
      // Otherwise ftp-srv loses the handshake.
      await waitUntilRead(target)
      const secure = await wire.startTls()
      return codeOf(await send(secure, 'SYST'))
    },
    ours: '215',
    stock: '331',
  },
  {
    title: 'a client that waits for 150 before it opens the data connection',
    observe: async target => {
      const wire = await openSession(target)
      await passivePort(wire)
      return codeOf(await send(wire, 'RETR hello.txt'))
    },
    ours: '150',
    stock: '425',
  },
  {
    title: 'an upload that continues a file with REST and STOR',
    observe: async target => {
      const file = path.join(target.www, 'half')
      await writeFile(file, 'first half,')
      await upload(await openSession(target), 'half', ' second half', 11)
      return readFile(file, 'latin1')
    },
    ours: 'first half, second half',
    stock: `${'\0'.repeat(11)} second half`,
  },
  {
    title: 'a broken upload leaves the file that it was to replace',
    observe: async target => {
      const file = path.join(target.www, 'original')
      await writeFile(file, 'original')
      const wire = await openSession(target)
      const data = await openData(wire)
      await send(wire, 'STOR original')
      data.socket.resetAndDestroy()
      await readReply(wire)
      return readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => error.code)
    },
    ours: 'original',
    stock: 'ENOENT',
  },
  {
    title: 'ABOR during a transfer',
    observe: async target => {
      const file = path.join(target.www, 'large')
      await writeFile(file, '')
      await truncate(file, LARGE_BYTES)
      const wire = await openSession(target)
      const data = await openData(wire)
      data.socket.pause()
      await send(wire, 'RETR large')
      wire.send('ABOR\r\n')
      await waitUntilRead(target)
      data.socket.resume()
      const content = await data.readToEnd()
      return content.length < LARGE_BYTES ? 'aborted' : 'sent in full'
    },
    ours: 'aborted',
    stock: 'sent in full',
  },
  {
    title: 'a link to a file outside the served folder',
    observe: async target => {
      const outside = path.join(target.www, '../outside')
      await mkdir(outside)
      await writeFile(path.join(outside, 'secret'), 'secret')
      await symlink(outside, path.join(target.www, 'link'))
      const wire = await openSession(target)
      const data = await openData(wire)
      wire.send('RETR link/secret\r\n')
      if (codeOf(await readReply(wire)) !== '150') return 'refused'
      return data.readToEnd()
    },
    ours: 'refused',
    stock: 'secret',
  },
  {
    title: 'SIZE of an empty file',
    observe: async target => {
      await writeFile(path.join(target.www, 'empty'), '')
      return send(await openSession(target), 'SIZE empty')
    },
    ours: '213 0',
    stock: '213 File status',
  },
  {
    title: 'EPSV again and again on one session',
    observe: async target => {
      const wire = await openSession(target)
      const before = (await target.resources()).files
      for (let count = 0; count < FLOODS; count++) await send(wire, 'EPSV')
      const more = (await target.resources()).files - before
      return more < FLOODS ? 'few listeners' : 'a listener for each'
    },
    ours: 'few listeners',
    stock: 'a listener for each',
  },
  {
    title: 'a stranger who connects to the data port',
    observe: async target => {
      const wire = await openSession(target)
      const stranger = await Wire.connect(await passivePort(wire), '127.0.0.1', '127.0.0.2')
      await stranger.readToEnd()
      return codeOf(await send(wire, 'NOOP'))
    },
    ours: '200',
    stock: '550',
  },
  {
    title: 'timers of clients that have left',
    observe: async target => {
      // The first client loads what a session needs.
      await waitUntilRead(target)
      const before = (await target.resources()).timers
      for (let count = 0; count < CLIENTS; count++) await send(await openSession(target), 'QUIT')
      const more = (await target.resources()).timers - before
      return more < CLIENTS / 2 ? 'none' : 'one for each client'
    },
    ours: 'none',
    stock: 'one for each client',
  },
  {
    title: 'FEAT lists only what the server does',
    observe: async target => {
      const wire = await connect(target.portWithoutTls)
      const isListed = /^ AUTH TLS/m.test(await send(wire, 'FEAT'))
      const reply = await send(wire, 'AUTH TLS')
      return isListed && !reply.startsWith('234') ? 'AUTH TLS is listed and refused' : 'FEAT is right'
    },
    ours: 'FEAT is right',
    stock: 'AUTH TLS is listed and refused',
  },
]
