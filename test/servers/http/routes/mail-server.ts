/** Starts an HTTP server with a store whose mail a test adds and reads. */
import { http } from '../../../../servers/http/index.ts'
import type { MailStore } from '../../../../shared/store/mail/mail-store.ts'
import type { NewMessage } from '../../../../shared/store/mail/message.ts'
import type { OpenStore, Store, StoreOptions } from '../../../../shared/store/store.ts'
import { afterAllTests } from '../../../helpers/cli.ts'
import { startService } from '../../../helpers/service.ts'
import { createStore } from '../../../helpers/store.ts'

export interface MailServer extends OpenStore {
  readonly url: string
  readonly port: number
  /** Adds a message with CRLF for its line feeds; returns its id. */
  readonly add: (text: string | Uint8Array, change?: Partial<NewMessage>) => Promise<string>
  readonly stop: () => Promise<void>
}

export const ENVELOPE = { from: 'ann@fourwire.test', to: ['bob@fourwire.test', 'eve@fourwire.test'] }

export function startMailServer(host = '127.0.0.1', options: StoreOptions = {}): Promise<MailServer> {
  return serve(createStore({ kind: 'memory' }, options), host)
}

/** Returns a function that starts a server for a test, on the store of all tests of the file, without the mail of earlier ones. */
export function serverOnSharedStore(): () => Promise<MailServer> {
  const store = createStore({ kind: 'memory' }, {}, afterAllTests())
  return async () => {
    await (await store.open()).mail.clear()
    return serve(store)
  }
}

async function serve(store: Store, host = '127.0.0.1'): Promise<MailServer> {
  const { service, port } = await startService(http, { host }, { store })
  const stop = async () => {
    await service.close()
    await store.close()
  }
  const open = await store.open()
  return {
    ...open,
    url: `http://127.0.0.1:${port}`,
    port,
    add: (text, change) => addMail(open.mail, text, change),
    stop,
  }
}

function addMail(mail: MailStore, text: string | Uint8Array, change: Partial<NewMessage> = {}): Promise<string> {
  const raw = typeof text === 'string' ? Buffer.from(text.replaceAll('\n', '\r\n')) : text
  return mail.add({ envelope: ENVELOPE, raw, ...change })
}

/** Sends a request; returns status, header fields, and the body as JSON if it is JSON. */
export async function call(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init)
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, headers: response.headers, text, value: isJson ? JSON.parse(text) : undefined }
}
