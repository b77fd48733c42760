/** The page for a request that could not be fulfilled, with the reason. Pure. */
import { html } from 'hono/html'
import type { SignedIn } from '../../../../shared/store/sessions.ts'
import type { Response } from '../../response/response.ts'
import type { Problem } from '../problem.ts'
import { pageResponse } from './page.ts'

export function errorPage(
  { status, title, detail, headers }: Problem,
  client: SignedIn | undefined,
): Promise<Response> {
  const content = html`<p class="error" role="alert">${detail}</p>
<p><a href="/app">Back to the application</a></p>`
  return pageResponse({ title: `${status} ${title}`, content, client, status, headers })
}
