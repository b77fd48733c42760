/** The contract of `shared/service.ts`, for the service of every protocol. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { servers } from '../../servers/index.ts'
import { defineServer } from '../../shared/define-server.ts'
import { BindError } from '../../shared/errors.ts'
import { openTls } from '../../shared/net/tls/tls.ts'
import type { ServerDefinition, Service } from '../../shared/service.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { createTestContext } from '../helpers/context.ts'

type Name = keyof typeof servers

async function create(name: Name, port = 0, security: 'plain' | 'TLS' = 'plain'): Promise<Service> {
  const { context } = await createTestContext(
    security === 'TLS' ? { tls: await openTls({ dataFolder: await emptyFolder() }) } : {},
  )
  const definition: ServerDefinition = servers[name]
  const service = definition.create(definition.options.parse({ port, tlsPort: 0 }), context)
  onTestFinished(() => service.close())
  return service
}

/** Binds the port for TCP and UDP, and releases it. Rejects if it is in use. */
async function expectFree(port: number): Promise<void> {
  const tcp = createServer().listen(port, '127.0.0.1')
  await once(tcp, 'listening')
  const udp = createSocket('udp4').bind(port, '127.0.0.1')
  await once(udp, 'listening')
  expect([tcp.address(), udp.address()]).toMatchObject([{ port }, { port }])
  await Promise.all([once(tcp.close(), 'close'), once(udp.close(), 'close')])
}

test.each(['http', 'dns'] as const)(
  '%s with TLS closes every port, however often and whenever close() is called',
  async name => {
    const service = await create(name, 0, 'TLS')
    const endpoints = await service.listen()
    expect(endpoints.filter(({ transport }) => transport === 'tls')).toHaveLength(1)
    await Promise.all([service.close(), service.close()])
    for (const { port } of endpoints) await expectFree(port)
    const other = await create(name, 0, 'TLS')
    const listening = other.listen()
    await other.close()
    for (const { port } of await listening) await expectFree(port)
  },
)

test.each(['http', 'dns'] as const)('%s closes its plain port if it cannot listen on its TLS port', async name => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port: tlsPort } = holder.address() as AddressInfo
  const plain = await create(name)
  const [endpoint] = await plain.listen()
  await plain.close()
  const port = endpoint?.port ?? 0
  const { context } = await createTestContext({ tls: await openTls({ dataFolder: await emptyFolder() }) })
  const definition: ServerDefinition = servers[name]
  const service = definition.create(definition.options.parse({ port, tlsPort }), context)
  await expect(service.listen()).rejects.toThrow(`cannot listen on 127.0.0.1:${tlsPort} (${name})`)
  await expectFree(port)
  await service.close()
  await once(holder.close(), 'close')
})

describe.each(Object.keys(servers) as Name[])('%s', name => {
  test('closes once, however often close() is called', async () => {
    const service = await create(name)
    const [endpoint] = await service.listen()
    await Promise.all([service.close(), service.close()])
    await service.close()
    await expectFree(endpoint?.port ?? 0)
  })

  test('does not listen after close()', async () => {
    const service = await create(name)
    await service.close()
    await expect(service.listen()).rejects.toThrow(`${name} has been closed`)
  })

  test('closes if close() is called during listen()', async () => {
    const service = await create(name)
    const listening = service.listen()
    await service.close()
    const [endpoint] = await listening
    await expectFree(endpoint?.port ?? 0)
  })

  test('rejects with a BindError and leaves nothing open if its port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const service = await create(name, port)
    const listening = service.listen()
    await expect(listening).rejects.toThrow(BindError)
    await expect(listening).rejects.toThrow(`cannot listen on 127.0.0.1:${port} (${name})`)
    await once(holder.close(), 'close')
    await expectFree(port)
    await service.close()
  })
})

test('listen() rejects with the reason if the implementation cannot be loaded, and close() still works', async () => {
  const load = async () => {
    throw new Error('no such thing')
  }
  const { context } = await createTestContext({})
  const service = defineServer({ name: 'x', summary: '', options: z.object({}), load }).create({}, context)
  await expect(service.listen()).rejects.toThrow('no such thing')
  await service.close()
})
