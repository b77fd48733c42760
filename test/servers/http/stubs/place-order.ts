/** The application under test of the example: it sends an order again while the shop is busy. */

interface Order {
  readonly sku: string
}

/** How often it sends an order. */
const MAX_ATTEMPTS = 5

/** Resolves with the number of the order. */
export async function placeOrder(shop: string, order: Order): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const response = await fetch(new URL('/api/orders', shop), { method: 'POST', headers, body: JSON.stringify(order) })
    const body = await response.text()
    if (response.status !== 503) return JSON.parse(body).id
  }
  throw new Error('the shop is busy')
}
