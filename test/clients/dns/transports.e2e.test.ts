/** Queries by TLS and HTTPS, and how the client verifies the server. */

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
import { tcpServer } from '../../shared/dns/scripted-server.ts'

const ZONE_TEXT = '@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nwww 60 A 127.0.0.1\n'
const NAME = 'www.fourwire.test'

/** Starts a suite with TLS; `options` are those of the command line. */
async function secureSuite() {
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

const queryBy = (settings: Partial<DnsQuery>, options?: ClientOptions) => query({ name: NAME, ...settings }, options)

describe('query by TLS and HTTPS', () => {
  test("reaches the running suite, and trusts the suite's own authority", async () => {
    const { options, tls, https, http } = await secureSuite()
    const replies = [
      await queryBy({ transport: 'tls' }, options),
      await queryBy({ transport: 'https' }, options),
      await queryBy({ transport: 'https', method: 'GET' }, options),
      await queryBy({ transport: 'http' }, options),
    ]
    expect(replies.map(({ answers, transport, server }) => [answers.length, transport, server.port])).toEqual([
      [1, 'tls', tls],
      [1, 'https', https],
      [1, 'https', https],
      [1, 'http', http],
    ])
  })

  test('reaches a server by its URL', async () => {
    const { ca, tls, https, http } = await secureSuite()
    const verification = { ca }
    for (const server of [
      `tls://127.0.0.1:${tls}`,
      `https://127.0.0.1:${https}`,
      `https://localhost:${https}/dns-query`,
    ]) {
      expect((await queryBy({ server, verification, randomizeCase: true })).answers).toMatchObject([{ name: NAME }])
    }
    const plain = await queryBy({ server: `http://127.0.0.1:${http}/dns-query`, method: 'GET', randomizeCase: true })
    expect(plain).toMatchObject({ transport: 'http', questions: [{ name: NAME }] })
  })

  test('uses the id 0, so that HTTP caches can serve the same query again (RFC 8484)', async () => {
    const { http } = await secureSuite()
    expect((await queryBy({ server: `http://127.0.0.1:${http}/dns-query` })).id).toBe(0)
  })
})

describe('a server is not trusted', () => {
  test.each(['tls', 'https'] as const)(
    'by %s if its authority is unknown, unless verification is off',
    async transport => {
      const suite = await secureSuite()
      const server = { host: '127.0.0.1', port: suite[transport] }
      const attempt = queryBy({ server, transport })
      await expect(attempt).rejects.toThrow(RefusedError)
      await expect(attempt).rejects.toThrow(`cannot verify the certificate of 127.0.0.1:${server.port}`)
      await expect(attempt).rejects.toThrow('--cacert FILE')
      expect((await queryBy({ server, transport, verification: { insecure: true } })).answers.length).toBe(1)
    },
  )

  test('if its certificate is for another name', async () => {
    const { ca, tls } = await secureSuite()
    const server = `tls://127.0.0.1:${tls}`
    await expect(queryBy({ server, verification: { ca, serverName: 'dns.other.test' } })).rejects.toThrow(
      'dns.other.test',
    )
    expect((await queryBy({ server, verification: { ca, serverName: 'ns.fourwire.test' } })).answers.length).toBe(1)
  })
})

describe('an error message explains', () => {
  test('that the connection was refused', async () => {
    const port = await freePort()
    for (const transport of ['tls', 'https', 'http'] as const) {
      const attempt = queryBy({ server: { host: '127.0.0.1', port }, transport })
      await expect(attempt).rejects.toThrow(UnreachableError)
      await expect(attempt).rejects.toThrow(`could not reach 127.0.0.1:${port}: connection refused`)
    }
  })

  test('how to start the server with TLS', async () => {
    const server = { host: '127.0.0.1', port: await freePort() }
    await expect(queryBy({ server, transport: 'tls' })).rejects.toThrow('Start it with: fourwire start dns --tls')
    await expect(queryBy({ server, transport: 'https' })).rejects.toThrow('Start it with: fourwire start http --tls')
  })

  test('that the server does not speak TLS, or does not respond', async () => {
    const { http, https } = await secureSuite()
    await expect(queryBy({ server: `tls://127.0.0.1:${http}` })).rejects.toThrow(
      new RefusedError(
        'tls',
        `TLS handshake with 127.0.0.1:${http} failed: the server does not speak TLS on that port`,
      ),
    )
    await expect(queryBy({ server: `tls://127.0.0.1:${https}` })).rejects.toThrow(
      new RefusedError(
        'tls',
        `TLS handshake with 127.0.0.1:${https} failed: the server offers another protocol on that port`,
      ),
    )
    const silent = await tcpServer(() => {})
    for (const scheme of ['tls', 'https', 'http']) {
      await expect(queryBy({ server: `${scheme}://127.0.0.1:${silent}` }, { timeout: 300 })).rejects.toThrow(
        'did not answer in time',
      )
    }
  })

  test('that the query was aborted', async () => {
    const silent = await tcpServer(() => {})
    for (const scheme of ['tls', 'https', 'http']) {
      const controller = new AbortController()
      const attempt = queryBy({ server: `${scheme}://127.0.0.1:${silent}` }, { signal: controller.signal })
      setImmediate(() => controller.abort(new Error('no longer needed')))
      await expect(attempt).rejects.toThrow('no longer needed')
    }
  })

  test.each<[string, RequestListener, string]>([
    ['responds with an error', (_, response) => response.writeHead(404).end('no'), '404'],
    [
      'responds with a page',
      (_, response) => response.setHeader('Content-Type', 'text/html').end('<p>'),
      'the server answered with text/html',
    ],
    ['omits the content type', (_, response) => response.end('no'), 'no content type'],
    [
      'sends a malformed message',
      (_, response) => response.setHeader('Content-Type', 'application/dns-message').end('garbage'),
      'the name server failed: 7 bytes are too few',
    ],
    [
      'sends a message that is too long',
      (_, response) => response.setHeader('Content-Type', 'application/dns-message').end(Buffer.alloc(65_536)),
      'the response is longer than 65535 bytes',
    ],
    ['closes the connection', (_, response) => response.socket?.destroy(), 'the name server failed'],
  ])('that an HTTP server %s', async (_, listener, reason) => {
    const server = createHttpServer(listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const attempt = queryBy({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query` })
    await expect(attempt).rejects.toThrow(RefusedError)
    await expect(attempt).rejects.toThrow(reason)
  })
})

test('the trace gets the messages of every transport', async () => {
  const { options } = await secureSuite()
  for (const transport of ['tls', 'https', 'http'] as const) {
    const { events, trace } = recordEvents()
    await queryBy({ transport }, { ...options, trace })
    const summaries = events
      .filter(({ protocol, kind }) => protocol === 'dns' && kind === 'message')
      .map(({ summary }) => summary)
    expect(summaries).toEqual([`query A ${NAME}`, `NOERROR ${NAME} A 127.0.0.1`])
  }
})
