/** Parts of forwarding: queries in flight, loop detection, responses. */
import { describe, expect, test } from 'vitest'
import { extendedError, INFO_CODE } from '../../../../servers/dns/edns/extended-error.ts'
import { forwardedResponse } from '../../../../servers/dns/forward/forwarded-response.ts'
import { checkHops, HOPS_OPTION } from '../../../../servers/dns/forward/hop-check.ts'
import { InFlight } from '../../../../servers/dns/forward/in-flight.ts'
import { failure } from '../../../../servers/dns/forward/resolution.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { flagNames } from '../../../../shared/dns/print.ts'
import { message } from '../../../shared/dns/messages.ts'
import { lines } from '../zones.ts'
import { positive } from './records.ts'

/** Creates a promise and the functions that settle it. */
function pending<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((...ends) => {
    ;[resolve, reject] = ends
  })
  return { promise, resolve, reject }
}

describe('a query in flight', () => {
  test('is sent once for all waiting clients, and again after it has finished', async () => {
    const inFlight = new InFlight<string>()
    let sent = 0
    const answer = pending<string>()
    const send = () => {
      sent++
      return answer.promise
    }
    const waiting = [inFlight.join('key', send), inFlight.join('key', send), inFlight.join('other', send)]
    expect([sent, inFlight.queries]).toEqual([2, 2])
    answer.resolve('result')
    expect(await Promise.all(waiting)).toEqual(['result', 'result', 'result'])
    expect(inFlight.queries).toBe(0)
    await inFlight.join('key', send)
    expect(sent).toBe(3)
  })

  test('fails for all waiting clients, and is removed', async () => {
    const inFlight = new InFlight<string>()
    const answer = pending<string>()
    const waiting = [1, 2].map(() => inFlight.join('key', () => answer.promise))
    answer.reject(new Error('broken'))
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(inFlight.queries).toBe(0)
    expect(await inFlight.join('key', async () => 'result')).toBe('result')
  })

  test('is limited in number and in waiting clients; further clients get no result', async () => {
    const inFlight = new InFlight<string>({ queries: 2, waiting: 3 })
    const answer = pending<string>()
    const join = (key: string) => inFlight.join(key, () => answer.promise)
    const waiting = [join('a'), join('b')]
    expect(await join('c')).toBeUndefined()
    waiting.push(join('a'))
    expect(await join('a')).toBeUndefined()
    answer.resolve('result')
    expect(await Promise.all(waiting)).toEqual(['result', 'result', 'result'])
    expect(await join('c')).toBe('result')
  })
})

describe('the hops of a query', () => {
  const [own, other] = [Buffer.from('forward1'), Buffer.from('forward2')]
  const withHops = (...data: Buffer[]): Pick<Message, 'edns'> => ({
    edns: {
      version: 0,
      udpPayloadSize: 1232,
      dnssecOk: false,
      options: [
        { code: 3, data: own },
        { code: HOPS_OPTION, data: Buffer.concat(data) },
      ],
    },
  })
  const forward = (...data: Buffer[]) => ({
    kind: 'forward',
    option: { code: HOPS_OPTION, data: Buffer.concat(data) },
  })

  test.each([
    ['gain this forwarder, without EDNS', message(), forward(own)],
    ['gain this forwarder after another one', withHops(other), forward(other, own)],
    ['lose an incomplete hop', withHops(Buffer.from('short')), forward(own)],
    ['are a loop if they contain this forwarder', withHops(other, own), { kind: 'loop' }],
    ['are a loop if there are too many', withHops(...Array(8).fill(other)), { kind: 'loop' }],
  ])('%s', (_, query, expected) => {
    expect(checkHops(query, own)).toEqual(expected)
  })
})

describe('a response to a forwarded query', () => {
  test('has the id, question, case and CD of the query, RA, and no AA or AD', () => {
    const flags = { aa: true, tc: false, rd: true, ra: false, ad: true, cd: true }
    const query = message({ flags, questions: [{ name: 'WwW.example', type: 'A', class: 'IN' }] })
    const response = forwardedResponse(query, positive('www.example. 60 A 192.0.2.1\nother.example. 60 A 192.0.2.1\n'))
    expect([response.id, response.questions]).toEqual([query.id, query.questions])
    expect(flagNames(response)).toEqual(['qr', 'rd', 'ra', 'cd'])
    expect(lines(response.answers)).toEqual(['WwW.example. 60 IN A 192.0.2.1', 'other.example. 60 IN A 192.0.2.1'])
  })

  test('can respond to a query without a question', () => {
    expect(forwardedResponse(message({ questions: [] }), failure()).rcode).toBe('SERVFAIL')
  })

  test('has the reason of a failure as an extended error', () => {
    const error = extendedError(INFO_CODE.NETWORK_ERROR, 'no route')
    expect(forwardedResponse(message(), failure(error))).toMatchObject({
      rcode: 'SERVFAIL',
      edns: { options: [error] },
    })
  })
})

test('an extended error is truncated between characters', () => {
  const { data } = extendedError(INFO_CODE.OTHER, `x${'é'.repeat(100)}`)
  expect(Buffer.from(data).toString('utf8', 2)).toBe(`x${'é'.repeat(59)}`)
})
