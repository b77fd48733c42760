/** The turns that the requests of one connection have. */
import { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Connection } from '../../../servers/http/connection.ts'
import { silentLog } from '../../../shared/log.ts'
import { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import { httpDissector } from '../../../shared/trace/dissectors/http.ts'
import { Trace } from '../../../shared/trace/trace.ts'

function connection(): Connection {
  const socket = new Socket()
  onTestFinished(() => void socket.destroy())
  const about = { protocol: 'http', side: 'server', transport: 'tcp', dissector: httpDissector } as const
  return new Connection(socket, new ConnectionGuard(socket, silentLog, 'http'), new Trace().follow(socket, about))
}

function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('others get their turn between the requests that one client sends at once', async () => {
  const one = connection()
  const order: string[] = []
  const all = new Promise<void>(resolve => {
    for (const name of ['first', 'second', 'third']) {
      one.turn(() => {
        order.push(name)
        // The response is over once it was handed on, in the same turn of the loop.
        process.nextTick(() => {
          work(3)
          setImmediate(() => order.push('another'))
          one.done()
          if (name === 'third') resolve()
        })
      })
    }
  })
  await all
  expect(order).toEqual(['first', 'another', 'second', 'another', 'third'])
})
