/** The request queue of one HTTP/1.1 connection. */
import { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Http1Connection } from '../../../../servers/http/connection/http1-connection.ts'
import { TIME_SLICE_MS } from '../../../../servers/http/limits.ts'
import { silentLog } from '../../../../shared/log.ts'
import { ConnectionGuard } from '../../../../shared/net/connection-guard.ts'
import { httpDissector } from '../../../../shared/trace/dissectors/http.ts'
import { Trace } from '../../../../shared/trace/trace.ts'

function createConnection(now: () => number): Http1Connection {
  const socket = new Socket()
  onTestFinished(() => void socket.destroy())
  const options = { protocol: 'http', side: 'server', transport: 'tcp', dissector: httpDissector } as const
  return new Http1Connection(
    {
      socket,
      transport: 'tcp',
      guard: new ConnectionGuard(socket, silentLog, 'http'),
      conversation: new Trace().follow(socket, options),
      peer: { host: '127.0.0.1', port: 1 },
      localHost: '127.0.0.1',
      client: '127.0.0.1:1',
    },
    now,
  )
}

test.each([
  [
    'yields to other connections after each request that fills a time slice',
    TIME_SLICE_MS,
    'first other second other third',
  ],
  ['handles requests that fit in one time slice without yielding', TIME_SLICE_MS / 4, 'first second third other other'],
])('%s', async (_title, duration, expected) => {
  let time = 0
  const connection = createConnection(() => time)
  const order: string[] = []
  await new Promise<void>(resolve => {
    for (const name of ['first', 'second', 'third']) {
      connection.enqueue(() => {
        order.push(name)
        // A response completes in a later callback of the same iteration of the event loop.
        process.nextTick(() => {
          time += duration
          if (name === 'third') setImmediate(resolve)
          else setImmediate(() => order.push('other'))
          connection.done()
        })
      })
    }
  })
  expect(order.join(' ')).toBe(expected)
})
