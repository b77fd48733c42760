import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Bound, bindBoth, bindEach } from '../../../../servers/dns/transport/bind.ts'
import { BindError } from '../../../../shared/errors.ts'

const ignore = () => {}

/** Binds UDP and TCP on these hosts; the test lets go of them. */
async function bind(hosts: string, port = 0): Promise<Bound[]> {
  const bound = await bindEach(hosts, port, (host, port) => bindBoth({ service: 'dns', host, port }, ignore))
  onTestFinished(async () => {
    await Promise.all(bound.map(one => one.close()))
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

const addresses = (bound: readonly Bound[]) => bound.map(({ address }) => address.address)

describe('several addresses', () => {
  test.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['127.0.0.1,::1', ['127.0.0.1', '::1']],
    [' ::1 , 127.0.0.1 ', ['::1', '127.0.0.1']],
    ['localhost', ['127.0.0.1', '::1']],
    ['localhost,127.0.0.1,127.0.0.2', ['127.0.0.1', '::1', '127.0.0.2']],
  ])('%s is %j, with one port number', async (hosts, expected) => {
    const bound = await bind(hosts)
    expect(addresses(bound)).toEqual(expected)
    expect(new Set(bound.map(({ address }) => address.port)).size).toBe(1)
  })

  test('one that the machine does not have is an error, and nothing stays bound', async () => {
    const free = await bindBoth({ service: 'dns', host: '127.0.0.1', port: 0 }, ignore)
    const { port } = free.address
    await free.close()
    await expect(bind('127.0.0.1,203.0.113.77', port)).rejects.toThrow(BindError)
    expect(addresses(await bind('127.0.0.1', port))).toEqual(['127.0.0.1'])
  })
})

describe('a number that is taken', () => {
  test('for UDP on any of the addresses is tried no further where any number will do: another is', async () => {
    const taken = new Set<number>()
    // Whatever number comes first is taken on the second address before it can be bound.
    const bound = await bindEach('127.0.0.1,127.0.0.2', 0, async (host, port) => {
      if (host === '127.0.0.2' && taken.size < 3) {
        taken.add(port)
        await udpOn(host, port)
      }
      return bindBoth({ service: 'dns', host, port }, ignore)
    })
    onTestFinished(async () => {
      await Promise.all(bound.map(one => one.close()))
    })
    expect(taken.size).toBe(3)
    expect(addresses(bound)).toEqual(['127.0.0.1', '127.0.0.2'])
    expect(taken).not.toContain(bound[0]?.address.port)
  })

  test('is an error where it was asked for', async () => {
    const holder = createServer().listen(0, '127.0.0.2')
    onTestFinished(() => {
      holder.close()
    })
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const said = `cannot listen on 127.0.0.2:${port} (dns): port in use`
    await expect(bind('127.0.0.1,127.0.0.2', port)).rejects.toThrow(said)
  })

  test('is given up where every number is', async () => {
    let tries = 0
    const never = bindEach('127.0.0.1', 0, async (host, port) => {
      tries++
      throw new BindError('dns', host, port, Object.assign(new Error('taken'), { code: 'EADDRINUSE' }))
    })
    await expect(never).rejects.toThrow('port in use')
    expect(tries).toBe(20)
  })
})
