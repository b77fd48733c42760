/** A scripted FTP server with files, for connections that break and for names that the suite's server does not send. */
import type { Socket } from 'node:net'
import { listen, type Script, startScriptedServer } from './scripted-server.ts'

export interface FileServerOptions {
  /** The lines of MLSD, by directory. */
  readonly listings?: Readonly<Record<string, readonly string[]>>
  /** The content of files. */
  readonly files?: Readonly<Record<string, string>>
  /**
   * Returns how many bytes of a file the server sends before it closes the data connection and replies with 426; undefined for
   * all of them.
   *
   * @param attempt 1 for the first RETR of the file
   */
  readonly breaksAfter?: (attempt: number) => number | undefined
  readonly script?: Script
}

export const FILE_TIME = '20200102030405'

/** Starts the server. It transfers one file at a time. */
export async function startFileServer(options: FileServerOptions) {
  const { listings = {}, files = {}, breaksAfter = () => undefined, script = {} } = options
  const attempts = new Map<string, number>()
  let offset = 0
  const sockets: Socket[] = []
  const waiting: ((socket: Socket) => void)[] = []
  const dataPort = await listen(socket => {
    const use = waiting.shift()
    if (use) use(socket)
    else sockets.push(socket)
  })
  const useSocket = (use: (socket: Socket) => void) => {
    const socket = sockets.shift()
    if (socket) use(socket)
    else waiting.push(use)
  }
  /** Sends content on the next data connection, and then the final reply. */
  const sendData = (control: Socket, content: string, reply: string) => {
    control.write('150 opening\r\n')
    useSocket(socket => socket.end(content, () => control.write(`${reply}\r\n`)))
  }
  const facts = (path: string) =>
    files[path] === undefined ? 'type=dir;' : `type=file;size=${files[path].length};modify=${FILE_TIME};`
  const isKnown = (path: string) => files[path] !== undefined || listings[path] !== undefined
  const server = await startScriptedServer({
    FEAT: '211-Features:\r\n MLST type*;size*;modify*;\r\n MDTM\r\n REST STREAM\r\n211 End',
    EPSV: `229 here (|||${dataPort}|)`,
    NOOP: '200 fine',
    MLST: (control, path) =>
      control.write(isKnown(path) ? `250-Facts\r\n ${facts(path)} ${path}\r\n250 End\r\n` : '550 no such file\r\n'),
    MLSD: (control, path) => sendData(control, (listings[path] ?? []).map(line => `${line}\r\n`).join(''), '226 done'),
    REST: (control, text) => {
      offset = Number(text)
      control.write('350 restarting\r\n')
    },
    RETR: (control, path) => {
      const content = files[path]
      const rest = content?.slice(offset)
      offset = 0
      if (rest === undefined) {
        control.write('550 no such file\r\n')
        useSocket(socket => socket.destroy())
        return
      }
      const attempt = (attempts.get(path) ?? 0) + 1
      attempts.set(path, attempt)
      const limit = breaksAfter(attempt)
      sendData(control, rest.slice(0, limit), limit === undefined ? '226 done' : '426 broken')
    },
    ...script,
  })
  return { ...server, files }
}
