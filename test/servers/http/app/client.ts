/** A client of the application for tests: keeps the cookie of its session, and speaks JSON or forms. */
import type { Suite, SuiteOptions } from '../../../../shared/launcher/index.ts'
import { suiteFor } from '../../../helpers/suite.ts'

export interface AppResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body parsed; undefined if it is not JSON. */
  readonly json: unknown
}

export class AppClient {
  readonly #url: string
  /** The value of the Cookie field; undefined without a session. */
  cookie: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  get(path: string, headers: Record<string, string> = {}): Promise<AppResponse> {
    return this.send('GET', path, { headers })
  }

  /** Sends a JSON body. */
  json(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<AppResponse> {
    return this.send(method, path, {
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  }

  /** Submits a form. */
  form(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<AppResponse> {
    return this.send('POST', path, { headers, body: new URLSearchParams(fields) })
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<AppResponse> {
    const headers = new Headers(init.headers)
    if (this.cookie !== undefined) headers.set('Cookie', this.cookie)
    const response = await fetch(new URL(path, this.#url), { redirect: 'manual', ...init, method, headers })
    for (const field of response.headers.getSetCookie()) this.#keep(field)
    const text = await response.text()
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }

  /** Signs in with JSON. */
  async signIn(user = 'alice', password = 'wonderland'): Promise<AppResponse> {
    return this.json('POST', '/api/sign-in', { user, password })
  }

  #keep(field: string): void {
    const [pair = ''] = field.split(';')
    this.cookie = /max-age=0/i.test(field) ? undefined : pair
  }
}

export type AppSuite = Suite<'http'>

/** Starts an HTTP server, in a suite that is closed after the test. */
export function appSuite(options: Omit<SuiteOptions<'http'>, 'services'> = {}): Promise<AppSuite> {
  return suiteFor({ services: ['http'], ...options })
}

/** Returns a client that has signed in. */
export async function signedInClient(url: string, user = 'alice', password = 'wonderland'): Promise<AppClient> {
  const client = new AppClient(url)
  const { status, text } = await client.signIn(user, password)
  if (status !== 200) throw new Error(`cannot sign in: ${status} ${text}`)
  return client
}
