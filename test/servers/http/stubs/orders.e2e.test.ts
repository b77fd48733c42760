import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../../../shared/launcher/index.ts'
import { placeOrder } from './place-order.ts'

let suite: Suite<'http'>
beforeAll(async () => {
  suite = await startSuite({ services: ['http'] })
})
afterEach(() => suite.http.reset())
afterAll(() => suite.close())

test('an order is sent again while the shop is busy', async () => {
  suite.http.stub('POST /api/orders', [503, 503, { status: 201, json: { id: 1 } }])

  expect(await placeOrder(suite.http.url, { sku: 'tea' })).toBe(1)

  const requests = suite.http.requests('POST /api/orders')
  expect(requests.map(request => request.json)).toEqual([{ sku: 'tea' }, { sku: 'tea' }, { sku: 'tea' }])
  suite.http.expectAllCalled()
})

test('an order fails if the shop breaks the connection', async () => {
  suite.http.stub('POST /api/orders', { abort: true })

  await expect(placeOrder(suite.http.url, { sku: 'tea' })).rejects.toThrow('fetch failed')

  await suite.http.waitForRequest('POST /api/orders', { where: { json: { sku: 'tea' } }, timeout: 2000 })
})
