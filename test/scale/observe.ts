/** Observes processes from outside: their mail events, and their readiness. */
import { setTimeout as delay } from 'node:timers/promises'
import { ACCOUNT } from './system.ts'

const AUTHORIZATION = `Basic ${Buffer.from(`${ACCOUNT.name}:${ACCOUNT.password}`).toString('base64')}`
const POLL_MS = 10
/** A process whose readiness takes longer is stuck. */
const MAX_WAIT_MS = 60_000

/** Requests `/mail...` with the account of the system. */
export function fetchMail(url: string, path: string, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(new URL(path, url), { headers: { Authorization: AUTHORIZATION }, signal })
}

/** Opens `GET /mail/events`; resolves when it is open. `until` resolves when the text of the events contains this. */
export async function followMail(url: string, signal: AbortSignal): Promise<{ until(text: string): Promise<void> }> {
  const { status, body } = await fetchMail(url, '/mail/events', signal)
  if (status !== 200 || !body) throw new Error(`GET /mail/events of ${url}: ${status}`)
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let received = ''
  const read = async () => {
    const { value = '', done } = await reader.read()
    if (done) throw new Error(`the events of ${url} ended with: ${received}`)
    received += value
  }
  while (!received.includes(': connected')) await read()
  return {
    until: async text => {
      while (!received.includes(text)) await read()
    },
  }
}

/** Requests `/readyz` until its status is this one. */
export async function untilReadiness(url: string, status: 200 | 503): Promise<void> {
  const signal = AbortSignal.timeout(MAX_WAIT_MS)
  for (let last = 'none'; ; ) {
    const response = await fetch(new URL('readyz', url), { signal }).catch((cause: unknown) => {
      throw new Error(`${url}readyz does not become ${status} within ${MAX_WAIT_MS} ms; last response: ${last}`, {
        cause,
      })
    })
    if (response.status === status) return
    last = `${response.status} ${await response.text()}`
    await delay(POLL_MS)
  }
}
