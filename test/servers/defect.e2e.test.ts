import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { servers } from '../../servers/index.ts'
import { encodeMessage } from '../../shared/dns/encode.ts'
import { frame } from '../../shared/dns/frames.ts'
import type { Conversation } from '../../shared/trace/conversation.ts'
import type { FollowOptions } from '../../shared/trace/follow-options.ts'
import { Trace } from '../../shared/trace/trace.ts'
import { startService } from '../helpers/service.ts'
import { Wire } from '../helpers/wire.ts'
import { message } from '../shared/dns/messages.ts'

function throwing(): never {
  throw new TypeError('a defect')
}

/** A trace that throws when it follows a connection, or when the socket writes. */
class DefectiveTrace extends Trace {
  defect: 'none' | 'follow' | 'write' = 'none'

  override follow(socket: Socket, options: FollowOptions): Conversation {
    if (this.defect === 'follow') throwing()
    if (this.defect === 'write') {
      socket.write = throwing
      socket.end = throwing
    }
    return super.follow(socket, options)
  }
}

const PINO_ERROR = 50

/** A request, and a pattern for the response. */
const EXCHANGES = {
  hello: ['Hello', /^Hello from server$/],
  http: ['GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 200 OK\r\n/],
  ftp: ['QUIT\r\n', /^220 .*\r\n221 Goodbye\r\n$/],
  smtp: ['QUIT\r\n', /^220 .*\r\n221 2\.0\.0 Bye\r\n$/],
  dns: [frame(encodeMessage(message())), /^..../s],
} as const

const CASES = (Object.keys(EXCHANGES) as (keyof typeof EXCHANGES)[]).flatMap(name => [
  [name, 'follow'] as const,
  [name, 'write'] as const,
])

test.each(CASES)(
  '%s: a defect (%s) ends the connection, is logged with its stack, and affects no other connection',
  async (name, defect) => {
    const [request, response] = EXCHANGES[name]
    const trace = new DefectiveTrace()
    const { port, logged } = await startService(servers[name], {}, { trace, drainTime: 0 })
    trace.defect = defect
    const broken = await Wire.connect(port)
    broken.send(request)
    expect(await broken.readToEnd()).toBe('')
    expect(logged.map(line => JSON.parse(line)).filter(({ level }) => level === PINO_ERROR)).toMatchObject([
      { err: { message: 'a defect', stack: expect.stringContaining('defect.e2e.test.ts') } },
    ])
    trace.defect = 'none'
    const good = await Wire.connect(port)
    good.send(request)
    // node:http would treat the half-closed connection as aborted.
    if (name !== 'http') good.socket.end()
    expect(await good.readToEnd()).toMatch(response)
  },
)
