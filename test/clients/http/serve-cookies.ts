/** A server for tests of cookies: the request says what the response sets, and the response what the request sent. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { onTestFinished } from 'vitest'
import { generateAuthority, issueCertificate } from '../../../shared/net/tls/certificates.ts'

/** `?set=` is a value of Set-Cookie (repeatable), `?status=` the status, `?to=` the Location. The body is the field Cookie. */
const respond: RequestListener = ({ url = '', headers }, response) => {
  const { searchParams: query } = new URL(url, 'http://server')
  response.statusCode = Number(query.get('status') ?? 200)
  const location = query.get('to')
  if (location !== null) response.setHeader('Location', location)
  // node writes each character as one byte.
  response.setHeader(
    'Set-Cookie',
    query.getAll('set').map(value => Buffer.from(value).toString('latin1')),
  )
  response.end(Buffer.from(headers.cookie ?? '', 'latin1'))
}

/** Starts the server and returns its port. */
export async function serveCookies({ tls = false } = {}): Promise<number> {
  const server = tls ? createTlsServer(await keys(), respond) : createServer(respond)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as { port: number }).port
}

async function keys() {
  const now = new Date()
  const { certificate: cert, key } = await issueCertificate(await generateAuthority(now), ['www.fourwire.test'], now)
  return { cert, key }
}
