import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bindEach, bindUdp } from '../../../../servers/dns/transport/bind.ts'
import { BindError } from '../../../../shared/errors.ts'
import { startSuite } from '../../../../shared/launcher/index.ts'

interface BoundSocket {
  readonly address: string
  readonly port: number
  close(): void
}

/** Binds UDP on one address. */
async function bindOne(host: string, port: number): Promise<BoundSocket> {
  const socket = await bindUdp({ service: 'dns', host, port })
  return { ...socket.address(), close: () => void socket.close() }
}

/** Binds UDP on these hosts; closes the sockets after the test. */
async function bind(hosts: string, port = 0): Promise<BoundSocket[]> {
  const bound = await bindEach(hosts, port, bindOne)
  onTestFinished(() => {
    for (const one of bound) one.close()
  })
  return bound
}

async function udpOn(address: string, port: number): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.bind({ address, port, exclusive: true })
  await once(socket, 'listening')
  return socket
}

const addresses = (bound: readonly BoundSocket[]) => bound.map(({ address }) => address)

describe('several addresses', () => {
  test.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['127.0.0.1,::1', ['127.0.0.1', '::1']],
    [' ::1 , 127.0.0.1 ', ['::1', '127.0.0.1']],
    ['localhost', ['127.0.0.1', '::1']],
    ['localhost,127.0.0.1,127.0.0.2', ['127.0.0.1', '::1', '127.0.0.2']],
  ])('of %s are %j, with one port number', async (hosts, expected) => {
    const bound = await bind(hosts)
    expect(addresses(bound)).toEqual(expected)
    expect(new Set(bound.map(({ port }) => port)).size).toBe(1)
  })

  test('are an error if the machine does not have one of them, and nothing stays bound', async () => {
    const { port, close } = await bindOne('127.0.0.1', 0)
    close()
    await expect(bind('127.0.0.1,203.0.113.77', port)).rejects.toThrow(BindError)
    expect(addresses(await bind('127.0.0.1', port))).toEqual(['127.0.0.1'])
  })
})

describe('a port in use', () => {
  test('on one of the addresses makes port 0 try another', async () => {
    const taken = new Set<number>()
    // The first numbers are in use on the second address.
    const bound = await bindEach('127.0.0.1,127.0.0.2', 0, async (host, port) => {
      if (host === '127.0.0.2' && taken.size < 3) {
        taken.add(port)
        await udpOn(host, port)
      }
      return bindOne(host, port)
    })
    onTestFinished(() => {
      for (const one of bound) one.close()
    })
    expect(taken.size).toBe(3)
    expect(addresses(bound)).toEqual(['127.0.0.1', '127.0.0.2'])
    expect(taken).not.toContain(bound[0]?.port)
  })

  test('is an error if the option names it', async () => {
    const suite = { services: ['dns'], dns: { host: '127.0.0.1,127.0.0.2' } } as const
    const holder = createServer().listen(0, '127.0.0.2')
    onTestFinished(() => {
      holder.close()
    })
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const message = `cannot listen on 127.0.0.2:${port} (dns): port in use`
    await expect(startSuite({ ...suite, dns: { ...suite.dns, port } })).rejects.toThrow(message)
    holder.close()
    await once(holder, 'close')
    await (await startSuite({ ...suite, dns: { ...suite.dns, port } })).close()
  })

  test('is an error after 20 attempts', async () => {
    let attempts = 0
    const binding = bindEach('127.0.0.1', 0, async (host, port) => {
      attempts++
      throw new BindError('dns', host, port, Object.assign(new Error('taken'), { code: 'EADDRINUSE' }))
    })
    await expect(binding).rejects.toThrow('port in use')
    expect(attempts).toBe(20)
  })
})
