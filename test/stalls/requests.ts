/** Sends a message and reads it in every way; returns how long each stopped the event loop. */
import type { Input } from './messages.ts'
import type { Prober } from './probe.ts'
import { play } from './sessions.ts'
import type { Action, Stops } from './stop.ts'
import type { Suite } from './suite.ts'

/** @throws Error if the server does not store the message, or does not answer a request */
export async function measureMessage({ name, session }: Input, suite: Suite, prober: Prober): Promise<Stops> {
  const stops: Stops = {}
  const measure = async (action: Action, work: () => Promise<unknown>) => {
    stops[action] = (await prober.during(work)).duration
  }
  const bytes = session()
  let replies = ''
  await measure('send', async () => {
    replies = await play(suite.smtpPort, bytes)
  })
  const id = /^250 2\.6\.0 Message kept as (\S+)/m.exec(replies)?.[1]
  if (id === undefined) throw new Error(`${name}: not stored: ${replies.slice(-200)}`)
  let attachments: readonly unknown[] = []
  await measure('view', async () => {
    attachments = JSON.parse(await get(suite, `/mail/${id}`)).attachments
  })
  await measure('raw', () => get(suite, `/mail/${id}/raw`))
  if (attachments.length > 0) await measure('attachment', () => get(suite, `/mail/${id}/attachments/0`))
  await measure('list', () => get(suite, '/mail'))
  await measure('search', () => get(suite, '/mail?q=lorem'))
  await measure('delete', () => get(suite, `/mail/${id}`, 'DELETE'))
  return stops
}

/** @throws Error if the response is not a success */
export async function get({ httpPort }: Suite, path: string, method = 'GET'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, { method })
  const body = Buffer.from(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${body.toString('utf8', 0, 200)}`)
  return body.toString('latin1')
}
