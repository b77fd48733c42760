/** Bounds of HTTP/2 that the library does not keep: the length of heads, and the time of one connection. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { expect, onTestFinished, test } from 'vitest'
import { http } from '../../../../servers/http/index.ts'
import { startService } from '../../../helpers/service.ts'
import { suiteFor } from '../../../helpers/suite.ts'

function connectTo(url: string, windowSize?: number): ClientHttp2Session {
  const session = connect(url, windowSize === undefined ? {} : { settings: { initialWindowSize: windowSize } })
  onTestFinished(() => session.destroy())
  return session
}

async function statusOf(session: ClientHttp2Session, fields: Record<string, string>): Promise<unknown> {
  const stream = session.request(fields)
  const [{ ':status': status }] = await once(stream.resume(), 'response')
  return status
}

test('a head that is too long gets 431, also before the client has confirmed the settings', async () => {
  const { url } = await startService(http)
  const session = connectTo(url)
  expect(await statusOf(session, { ':path': '/healthz', x: 'x'.repeat(20_000) })).toBe(431)
  expect(await statusOf(session, { ':path': '/healthz' })).toBe(200)
})

test('forty streams of one connection do not keep a request of another waiting until their end', async () => {
  const suite = await suiteFor({ services: ['http'] })
  // The endpoints are loaded with the first request to them.
  await fetch(`${suite.http.url}test/get`)
  const session = connectTo(suite.http.url, 2 ** 31 - 1)
  await once(session, 'remoteSettings')
  session.setLocalWindowSize(2 ** 30)
  const ended: string[] = []
  const streams = Array.from({ length: 40 }, async () => {
    const stream = session.request({ ':path': '/test/bytes/262144' })
    await once(stream.resume(), 'close')
    ended.push('stream')
  })
  const other = fetch(`${suite.http.url}healthz`).then(() => ended.push('other'))
  await Promise.all([other, ...streams])
  expect(ended.indexOf('other')).toBeLessThan(streams.length)
})
