/**
 * Makes the data connection: EPSV, and PASV where a server does not know it. It goes to the host that the control
 * connection goes to, whatever host the answer to PASV names: behind an address translator that is the wrong one, and a
 * server could use it to make us connect elsewhere (RFC 2577).
 */
import { once } from 'node:events'
import { type FTPContext, FTPError, type FTPResponse } from 'basic-ftp'
import { RefusedError } from '../../shared/errors.ts'

/** Makes the strategy of one session, which remembers that a server does not know EPSV. */
export function passiveMode(): (ftp: FTPContext) => Promise<FTPResponse> {
  let isExtended = true
  const ask = async (ftp: FTPContext): Promise<FTPResponse> => {
    if (!isExtended) return ftp.request('PASV')
    try {
      return await ftp.request('EPSV')
    } catch (error) {
      if (!(error instanceof FTPError) || error.code < 500) throw error
      isExtended = false
      return ftp.request('PASV')
    }
  }
  return async ftp => {
    const response = await ask(ftp)
    await connectData(ftp, passivePort(response))
    return response
  }
}

/**
 * The port in an answer to EPSV (229, RFC 2428) or PASV (227, RFC 1123, section 4.1.2.6).
 *
 * @throws RefusedError when there is none
 */
export function passivePort({ code, message }: FTPResponse): number {
  const extended = /\(([!-~])\1\1(\d{1,5})\1\)/.exec(message)
  const [, high, low] = /(?<!\d)\d{1,3},\d{1,3},\d{1,3},\d{1,3},(\d{1,3}),(\d{1,3})(?!\d)/.exec(message) ?? []
  const port = code === 229 ? Number(extended?.[2]) : Number(high) * 256 + Number(low)
  if (port > 0 && port < 65536) return port
  throw new RefusedError(code, message, { message: `the server named no port for data: ${message}` })
}

async function connectData(ftp: FTPContext, port: number): Promise<void> {
  const host = ftp.socket.remoteAddress
  if (host === undefined) throw new Error('the control connection is closed')
  const socket = ftp._newSocket()
  socket.setTimeout(ftp.timeout, () => socket.destroy(new Error('the data connection could not be made in time')))
  socket.connect({ host, port })
  await once(socket, 'connect')
  socket.setTimeout(0)
  socket.removeAllListeners('timeout')
  ftp.dataSocket = socket
}
