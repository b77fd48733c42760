import { describe, expect, test } from 'vitest'
import { Wire } from '../../../helpers/wire.ts'
import { call, type MailServer, startMailServer } from './mail-server.ts'

/** Sends a request with these header fields, which `fetch` does not let a program choose; returns the status. */
async function statusOf({ port }: MailServer, head: string): Promise<number> {
  const wire = await Wire.connect(port)
  wire.send(`${head.replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n`)
  const status = Number((await wire.line())?.split(' ')[1])
  await wire.readToEnd()
  return status
}

describe('on loopback', () => {
  test.each([
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['localhost:8080', 200],
    ['app.localhost', 200],
    ['www.fourwire.test:8080', 200],
    ['host.docker.internal:8080', 200],
    ['192.168.1.7', 200],
    ['evil.example:8080', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['fourwire.test.evil.example', 403],
  ])('a request to the host %s gets %d', async (host, status) => {
    const server = await startMailServer()
    expect(await statusOf(server, `GET /mail HTTP/1.1\nHost: ${host}`)).toBe(status)
  })

  test.each([
    ['http://127.0.0.1:8080', 200],
    ['http://localhost:3000', 200],
    ['https://evil.example', 403],
    ['http://93.184.216.34', 403],
    ['null', 403],
  ])('a deletion from the origin %s gets %d', async (origin, status) => {
    const server = await startMailServer()
    await server.add('Subject: x\n\nx\n')
    expect(await statusOf(server, `DELETE /mail HTTP/1.1\nHost: 127.0.0.1:8080\nOrigin: ${origin}`)).toBe(status)
    expect((await server.mail.list()).messages).toHaveLength(status === 200 ? 0 : 1)
  })

  test('a request without a Host field, by HTTP/1.0, is answered', async () => {
    expect(await statusOf(await startMailServer(), 'GET /mail HTTP/1.0')).toBe(200)
  })
})

describe('on other addresses', () => {
  const authorization = (name: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`,
  })
  const BOB = authorization('Bob', 'pässword')

  async function startPublic() {
    const server = await startMailServer('0.0.0.0')
    await server.accounts.add({ name: 'bob', password: 'pässword' })
    const send = (subject: string, ...to: string[]) =>
      server.add(`Subject: ${subject}\n\nx\n`, { envelope: { from: 'ann@x.test', to } })
    const ids = {
      bob: await send('to bob', 'bob+tag@fourwire.test'),
      both: await send('to both', 'bob@other.test', 'eve@fourwire.test'),
      eve: await send('to eve', 'eve@fourwire.test', 'bobby@fourwire.test'),
    }
    return { ...server, ids }
  }

  test.each([
    ['without credentials', {}],
    ['with a wrong password', authorization('bob', 'wrong')],
    ['with an unknown name', authorization('alice', 'wonderland')],
    ['with another scheme', { authorization: 'Bearer x' }],
  ])('a request %s is 401 with a challenge', async (_, headers) => {
    const { url } = await startPublic()
    const response = await call(`${url}/mail`, { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="fourwire mail", charset="UTF-8"')
  })

  test('an account lists and reads its own mailboxes only, without the other recipients', async () => {
    const { url, ids } = await startPublic()
    const { value } = await call(`${url}/mail`, { headers: BOB })
    expect(value).toMatchObject([
      { id: ids.both, to: ['bob@other.test'] },
      { id: ids.bob, to: ['bob+tag@fourwire.test'] },
    ])
    const own = await call(`${url}/mail/${ids.both}`, { headers: BOB })
    expect([own.status, own.value.to, own.value.conversation]).toEqual([200, ['bob@other.test'], undefined])
    for (const path of ['', '/raw', '/attachments/0']) {
      expect((await call(`${url}/mail/${ids.eve}${path}`, { headers: BOB })).status).toBe(404)
    }
    const searches = ['mailbox=eve@fourwire.test', 'q=eve', 'q=subject:bob'].map(query =>
      call(`${url}/mail?${query}`, { headers: BOB }),
    )
    expect((await Promise.all(searches)).map(({ value }) => value.length)).toEqual([0, 1, 1])
  })

  test('an account deletes its own copy, and a message is gone with its last copy', async () => {
    const { url, ids, mail } = await startPublic()
    const remove = async (id: string) => (await call(`${url}/mail/${id}`, { method: 'DELETE', headers: BOB })).status
    expect([await remove(ids.eve), await remove(ids.both), await remove(ids.both)]).toEqual([404, 204, 404])
    expect((await mail.get(ids.both))?.envelope.to).toEqual(['eve@fourwire.test'])
    expect((await call(`${url}/mail`, { method: 'DELETE', headers: BOB })).value).toEqual({ deleted: 1 })
    expect((await mail.list()).messages.map(({ id }) => id)).toEqual([ids.eve, ids.both])
    expect([await mail.usage('bob@fourwire.test'), await mail.usage('bob@other.test')]).toEqual([
      { messages: 0, bytes: 0 },
      { messages: 0, bytes: 0 },
    ])
  })

  test('credentials do not help a foreign web site', async () => {
    const { url, ids, mail } = await startPublic()
    const headers = { ...BOB, origin: 'http://127.0.0.1:9' }
    expect((await call(`${url}/mail/${ids.bob}`, { method: 'DELETE', headers })).status).toBe(403)
    expect(await mail.get(ids.bob)).toBeDefined()
  })
})
