/** The small parts of forwarding: who waits with whom, how circles are seen, what a client is told. */
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

/** Something to wait for, and the means to end it. */
function pending<Value>() {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((...ends) => {
    ;[resolve, reject] = ends
  })
  return { promise, resolve, reject }
}

describe('a question in flight', () => {
  test('is asked once, however many wait, and anew when it is over', async () => {
    const inFlight = new InFlight<string>()
    let asked = 0
    const answer = pending<string>()
    const ask = () => {
      asked++
      return answer.promise
    }
    const waiting = [inFlight.join('key', ask), inFlight.join('key', ask), inFlight.join('other', ask)]
    expect([asked, inFlight.questions]).toEqual([2, 2])
    answer.resolve('said')
    expect(await Promise.all(waiting)).toEqual(['said', 'said', 'said'])
    expect(inFlight.questions).toBe(0)
    await inFlight.join('key', ask)
    expect(asked).toBe(3)
  })

  test('that fails, fails for all who wait, and is over', async () => {
    const inFlight = new InFlight<string>()
    const answer = pending<string>()
    const waiting = [1, 2].map(() => inFlight.join('key', () => answer.promise))
    answer.reject(new Error('broken'))
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(inFlight.questions).toBe(0)
    expect(await inFlight.join('key', async () => 'said')).toBe('said')
  })

  test('is one of so many, and has so many that wait; who comes beyond is told at once', async () => {
    const inFlight = new InFlight<string>({ questions: 2, waiting: 3 })
    const answer = pending<string>()
    const join = (key: string) => inFlight.join(key, () => answer.promise)
    const waiting = [join('a'), join('b')]
    expect(await join('c')).toBeUndefined()
    waiting.push(join('a'))
    expect(await join('a')).toBeUndefined()
    answer.resolve('said')
    expect(await Promise.all(waiting)).toEqual(['said', 'said', 'said'])
    expect(await join('c')).toBe('said')
  })
})

describe('a query on its way', () => {
  const [one, two] = [Buffer.from('forward1'), Buffer.from('forward2')]
  const bearing = (...data: Buffer[]): Pick<Message, 'edns'> => ({
    edns: {
      version: 0,
      udpPayloadSize: 1232,
      dnssecOk: false,
      options: [
        { code: 3, data: one },
        { code: HOPS_OPTION, data: Buffer.concat(data) },
      ],
    },
  })
  const onward = (...data: Buffer[]) => ({
    kind: 'onward',
    option: { code: HOPS_OPTION, data: Buffer.concat(data) },
  })

  test.each([
    ['without EDNS takes our mark along', message(), onward(one)],
    ['with the mark of another takes both along', bearing(two), onward(two, one)],
    ['with what is no mark takes ours along', bearing(Buffer.from('short')), onward(one)],
    ['with our mark has been here', bearing(two, one), { kind: 'loop' }],
    ['by too many forwarders goes no further', bearing(...Array(8).fill(two)), { kind: 'loop' }],
  ])('%s', (_, query, journey) => {
    expect(checkHops(query, one)).toEqual(journey)
  })
})

describe('a response to a forwarded query', () => {
  test('has the id, the question, the letters and CD of the query, RA, and no AA or AD', () => {
    const flags = { aa: true, tc: false, rd: true, ra: false, ad: true, cd: true }
    const query = message({ flags, questions: [{ name: 'WwW.example', type: 'A', class: 'IN' }] })
    const response = forwardedResponse(query, positive('www.example. 60 A 192.0.2.1\nother.example. 60 A 192.0.2.1\n'))
    expect([response.id, response.questions]).toEqual([query.id, query.questions])
    expect(flagNames(response)).toEqual(['qr', 'rd', 'ra', 'cd'])
    expect(lines(response.answers)).toEqual(['WwW.example. 60 IN A 192.0.2.1', 'other.example. 60 IN A 192.0.2.1'])
  })

  test('may be to a query without a question', () => {
    expect(forwardedResponse(message({ questions: [] }), failure()).rcode).toBe('SERVFAIL')
  })

  test('says why where it failed', () => {
    const error = extendedError(INFO_CODE.NETWORK_ERROR, 'no route')
    expect(forwardedResponse(message(), failure(error))).toMatchObject({
      rcode: 'SERVFAIL',
      edns: { options: [error] },
    })
  })
})

test('an extendedError is one line, cut between characters', () => {
  const { data } = extendedError(INFO_CODE.OTHER, `x${'é'.repeat(100)}`)
  expect(Buffer.from(data).toString('utf8', 2)).toBe(`x${'é'.repeat(59)}`)
})
