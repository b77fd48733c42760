import { expect, test } from 'vitest'
import { DatagramOrigins } from '../../../shared/trace/datagram-origins.ts'

const HOST = '127.0.0.1'

/** With the clients for which an id was built. */
function createOrigins() {
  const built: string[] = []
  const origins = new DatagramOrigins('dns', ({ host, port }) => {
    built.push(`${host} ${port}`)
    return { host: '127.0.0.9', port: 53 }
  })
  return { origins, built }
}

test('builds the id of a conversation once', () => {
  const { origins, built } = createOrigins()
  const origin = origins.originFor(HOST, 40_000)
  expect(origin).toEqual({
    protocol: 'dns',
    side: 'server',
    conversation: 'dns:127.0.0.1:40000>127.0.0.9:53',
    channel: 'control',
  })
  expect(origins.originFor(HOST, 40_000)).toBe(origin)
  expect(built).toEqual(['127.0.0.1 40000'])
})

test('tells clients with the same port apart', () => {
  const { origins } = createOrigins()
  const ids = [HOST, '127.0.0.2', HOST].map(host => origins.originFor(host, 40_000).conversation)
  expect(ids).toEqual([
    'dns:127.0.0.1:40000>127.0.0.9:53',
    'dns:127.0.0.2:40000>127.0.0.9:53',
    'dns:127.0.0.1:40000>127.0.0.9:53',
  ])
})

test('remembers a bounded number of conversations', () => {
  const { origins, built } = createOrigins()
  for (let port = 1; port <= 1025; port += 1) origins.originFor(HOST, port)
  expect(origins.originFor(HOST, 1).conversation).toBe('dns:127.0.0.1:1>127.0.0.9:53')
  expect(built).toHaveLength(1026)
})
