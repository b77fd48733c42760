/** `GET /readyz`: the truth about the store, within a second, without flooding it. */
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest'
import { ReadinessRoute } from '../../../../servers/http/routes/readiness.ts'
import { holdTransaction, query } from '../../../helpers/postgres.ts'
import { Relay } from '../../../helpers/relay.ts'
import { createStore } from '../../../helpers/store.ts'
import { recordEvents, suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'
import { locateOnPostgres } from '../../../shared/store/engines.ts'

const AWAY = { status: 'unavailable', reason: 'The database is not available. Try again later.' }

async function ready(url: string) {
  const response = await fetch(`${url}readyz`)
  const { status, headers } = response
  return { status, retryAfter: headers.get('retry-after'), body: await response.json() }
}

/** Repeats the request until its status is this one: a result is used for a quarter of a second. */
async function untilStatus(url: string, expected: number) {
  for (;;) {
    const response = await ready(url)
    if (response.status === expected) return response
  }
}

async function startBehindRelay(context: TestContext) {
  const { url: direct } = await locateOnPostgres(context)
  const url = new URL(direct)
  const relay = await Relay.start(Number(url.port))
  url.port = String(relay.port)
  const recorder = recordEvents()
  const suite = await suiteFor({ services: ['http'], store: url.href, trace: recorder.trace })
  return { suite, relay, direct, recorder, url: suite.http.url }
}

test('is ready with a store in memory, which it opens', async () => {
  const suite = await suiteFor({ services: ['http'] })
  expect(await ready(suite.http.url)).toEqual({ status: 200, retryAfter: null, body: { status: 'ready' } })
})

test('is ready if PostgreSQL answers, and not while it is gone; /healthz stays', async context => {
  const { url, relay } = await startBehindRelay(context)
  expect(await ready(url)).toEqual({ status: 200, retryAfter: null, body: { status: 'ready' } })
  await relay.refuse()
  expect(await untilStatus(url, 503)).toEqual({ status: 503, retryAfter: '1', body: AWAY })
  expect((await fetch(`${url}healthz`)).status).toBe(200)
  await relay.open()
  await untilStatus(url, 200)
})

test('is not ready while PostgreSQL does not answer, and many requests are one check', async context => {
  const { url, relay } = await startBehindRelay(context)
  await untilStatus(url, 200)
  relay.beSilent()
  await untilStatus(url, 503)
  const before = relay.accepted
  const responses = await Promise.all(Array.from({ length: 100 }, () => ready(url)))
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([503]))
  expect(relay.accepted - before).toBeLessThanOrEqual(2)
  relay.answer()
  await untilStatus(url, 200)
})

test('a result is of the last second, also if PostgreSQL does not answer', async context => {
  const url = new URL((await locateOnPostgres(context)).url)
  const relay = await Relay.start(Number(url.port))
  url.port = String(relay.port)
  const route = new ReadinessRoute(createStore({ kind: 'postgres', url: url.href }))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  expect((await route.get()).status).toBe(200)
  relay.beSilent()
  vi.advanceTimersByTime(250)
  const response = route.get()
  await vi.advanceTimersByTimeAsync(700)
  vi.useRealTimers()
  expect((await response).status).toBe(503)
})

test('is not ready if the database is read-only, as a standby is', async context => {
  const { url, direct } = await startBehindRelay(context)
  const name = new URL(direct).pathname.slice(1)
  await query(direct, `alter database "${name}" set default_transaction_read_only = on`)
  expect(await untilStatus(url, 503)).toMatchObject({ body: AWAY })
})

test('is ready while all connections for other work are in use', async context => {
  const { url, suite, direct } = await startBehindRelay(context)
  const release = await holdTransaction(direct, 'lock table accounts in access exclusive mode')
  const waiting = Promise.all(Array.from({ length: 12 }, () => suite.accounts.get('ann')))
  expect((await ready(url)).status).toBe(200)
  await release()
  await waiting
})

test('is not ready from the moment at which the server closes', async context => {
  const { suite, relay, recorder } = await startBehindRelay(context)
  relay.beSilent()
  const wire = await Wire.connect(suite.http.port)
  wire.send('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await recorder.until(event => event.kind === 'message' && event.protocol === 'http')
  const closed = suite.close()
  const response = await wire.readToEnd()
  expect(response).toMatch(/^HTTP\/1\.1 503 /)
  expect(response).toContain('"reason": "The server is closing."')
  await closed
})
