/** Loads the client of undici without its fetch, WebSocket, mocks and caches: loading them takes longer than a request. */
import type { Client, Dispatcher } from 'undici'

/** The class of a client, and the function that sends a request with one. */
export interface UndiciClient {
  readonly Client: typeof Client
  send(client: Client, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>
}

export async function loadUndiciClient(): Promise<UndiciClient> {
  const { Client, request } = await import('./undici-modules.ts')
  return { Client, send: (client, options) => request.call(client, options) }
}
