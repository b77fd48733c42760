/** Asking by TLS and HTTPS, and whom the client believes there. */

import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type DnsQuery, query } from '../../../clients/dns/index.ts'
import { RefusedError, UnreachableError } from '../../../shared/errors.ts'
import { createLocate } from '../../../shared/launcher/index.ts'
import type { ClientOptions } from '../../../shared/service.ts'
import { freePort } from '../../helpers/free-port.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { tcpServer } from './scripted.ts'

const ZONE_TEXT = '@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nwww 60 A 127.0.0.1\n'
const NAME = 'www.fourwire.test'

/** A suite with TLS, and what a client of the command line has of it. */
async function secure() {
  const suite = await suiteFor({
    services: ['dns', 'http'],
    tls: true,
    dns: { publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] },
  })
  const portOf = (service: string, transport: string) =>
    suite.endpoints.find(endpoint => endpoint.service === service && endpoint.transport === transport)?.port ?? 0
  const ca = suite.tls?.ca
  const options: ClientOptions = { locate: createLocate(suite.endpoints), authority: async () => ca }
  const [tls, https, http] = [portOf('dns', 'tls'), portOf('http', 'tls'), portOf('http', 'tcp')]
  return { suite, ca, options, tls, https, http }
}

const ask = (about: Partial<DnsQuery>, options?: ClientOptions) => query({ name: NAME, ...about }, options)

describe('by TLS and HTTPS', () => {
  test('the running suite is asked, and believed by its own authority', async () => {
    const { options, tls, https, http } = await secure()
    const replies = [
      await ask({ transport: 'tls' }, options),
      await ask({ transport: 'https' }, options),
      await ask({ transport: 'https', method: 'GET' }, options),
      await ask({ transport: 'http' }, options),
    ]
    expect(replies.map(({ answers, transport, server }) => [answers.length, transport, server.port])).toEqual([
      [1, 'tls', tls],
      [1, 'https', https],
      [1, 'https', https],
      [1, 'http', http],
    ])
  })

  test('a server is asked by its URL', async () => {
    const { ca, tls, https, http } = await secure()
    const verification = { ca }
    for (const server of [
      `tls://127.0.0.1:${tls}`,
      `https://127.0.0.1:${https}`,
      `https://localhost:${https}/dns-query`,
    ]) {
      expect((await ask({ server, verification, randomizeCase: true })).answers).toMatchObject([{ name: NAME }])
    }
    const plain = await ask({ server: `http://127.0.0.1:${http}/dns-query`, method: 'GET', randomizeCase: true })
    expect(plain).toMatchObject({ transport: 'http', questions: [{ name: NAME }] })
  })

  test('the id is 0, so that caches know the same question again (RFC 8484)', async () => {
    const { http } = await secure()
    expect((await ask({ server: `http://127.0.0.1:${http}/dns-query` })).id).toBe(0)
  })
})

describe('a server is not believed', () => {
  test.each(['tls', 'https'] as const)('by %s where its authority is unknown, unless nobody cares', async transport => {
    const found = await secure()
    const server = { host: '127.0.0.1', port: found[transport] }
    const attempt = ask({ server, transport })
    await expect(attempt).rejects.toThrow(RefusedError)
    await expect(attempt).rejects.toThrow(`cannot verify the certificate of 127.0.0.1:${server.port}`)
    await expect(attempt).rejects.toThrow('--cacert FILE')
    expect((await ask({ server, transport, verification: { insecure: true } })).answers.length).toBe(1)
  })

  test('where its certificate is for another name', async () => {
    const { ca, tls } = await secure()
    const server = `tls://127.0.0.1:${tls}`
    await expect(ask({ server, verification: { ca, serverName: 'dns.other.test' } })).rejects.toThrow('dns.other.test')
    expect((await ask({ server, verification: { ca, serverName: 'ns.fourwire.test' } })).answers.length).toBe(1)
  })
})

describe('it is said clearly', () => {
  test('that nobody is there', async () => {
    const port = await freePort()
    for (const transport of ['tls', 'https', 'http'] as const) {
      const attempt = ask({ server: { host: '127.0.0.1', port }, transport })
      await expect(attempt).rejects.toThrow(UnreachableError)
      await expect(attempt).rejects.toThrow(`could not reach 127.0.0.1:${port}: connection refused`)
    }
  })

  test('that TLS has to be asked for', async () => {
    const server = { host: '127.0.0.1', port: await freePort() }
    await expect(ask({ server, transport: 'tls' })).rejects.toThrow('Start it with: fourwire start dns --tls')
    await expect(ask({ server, transport: 'https' })).rejects.toThrow('Start it with: fourwire start http --tls')
  })

  test('that it does not speak TLS, or says nothing', async () => {
    const { http, https } = await secure()
    await expect(ask({ server: `tls://127.0.0.1:${http}` })).rejects.toThrow(
      new RefusedError(
        'tls',
        `TLS handshake with 127.0.0.1:${http} failed: the server does not speak TLS on that port`,
      ),
    )
    await expect(ask({ server: `tls://127.0.0.1:${https}` })).rejects.toThrow(
      new RefusedError(
        'tls',
        `TLS handshake with 127.0.0.1:${https} failed: the server offers another protocol on that port`,
      ),
    )
    const silent = await tcpServer(() => {})
    for (const scheme of ['tls', 'https', 'http']) {
      await expect(ask({ server: `${scheme}://127.0.0.1:${silent}` }, { timeout: 300 })).rejects.toThrow(
        'did not answer in time',
      )
    }
  })

  test('that the question was given up', async () => {
    const silent = await tcpServer(() => {})
    for (const scheme of ['tls', 'https', 'http']) {
      const controller = new AbortController()
      const attempt = ask({ server: `${scheme}://127.0.0.1:${silent}` }, { signal: controller.signal })
      setImmediate(() => controller.abort(new Error('no longer needed')))
      await expect(attempt).rejects.toThrow('no longer needed')
    }
  })

  test.each<[string, RequestListener, string]>([
    ['refuses', (_, response) => response.writeHead(404).end('no'), '404'],
    [
      'answers a page',
      (_, response) => response.setHeader('Content-Type', 'text/html').end('<p>'),
      'the server answered with text/html',
    ],
    ['says not what it answers', (_, response) => response.end('no'), 'nothing that says what it is'],
    [
      'answers rubbish',
      (_, response) => response.setHeader('Content-Type', 'application/dns-message').end('rubbish'),
      'the name server failed: 7 bytes are too few',
    ],
    [
      'answers without end',
      (_, response) => response.setHeader('Content-Type', 'application/dns-message').end(Buffer.alloc(65_536)),
      'the answer has over 65535 bytes',
    ],
    ['breaks off', (_, response) => response.socket?.destroy(), 'the name server failed'],
  ])('that an HTTP server %s', async (_, listener, why) => {
    const server = createHttpServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const attempt = ask({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query` })
    await expect(attempt).rejects.toThrow(RefusedError)
    await expect(attempt).rejects.toThrow(why)
  })
})

test('the messages are told to the trace, whatever carries them', async () => {
  const { options } = await secure()
  for (const transport of ['tls', 'https', 'http'] as const) {
    const { events, trace } = recordEvents()
    await ask({ transport }, { ...options, trace })
    const told = events
      .filter(({ protocol, kind }) => protocol === 'dns' && kind === 'message')
      .map(({ summary }) => summary)
    expect(told).toEqual([`query A ${NAME}`, `NOERROR ${NAME} A 127.0.0.1`])
  }
})
