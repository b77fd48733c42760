/** The frame of every page: the head, the navigation, and the response. Values in `html` templates are escaped. Pure. */
import { html } from 'hono/html'
import type { SignedIn } from '../../../../shared/store/sessions.ts'
import { contentResponse, type Response } from '../../response/response.ts'

/** A piece of HTML: the result of the template tag `html`. */
export type Html = ReturnType<typeof html>

export interface Page {
  readonly title: string
  readonly content: Html
  /** undefined for a page that needs no sign-in. */
  readonly client?: SignedIn | undefined
  readonly status?: number | undefined
  /** Further header fields: name, value, name, value. */
  readonly headers?: readonly string[] | undefined
}

/** No script, no plug-in and no other site: what an attacker injects has no effect. */
const SECURITY_FIELDS = [
  'Content-Security-Policy',
  "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy',
  'same-origin',
  'Cross-Origin-Opener-Policy',
  'same-origin',
]

const LINKS = [
  ['/app/notices', 'Notices'],
  ['/app/mail', 'Mail'],
  ['/app/files', 'Files'],
  ['/app/sessions', 'Sessions'],
] as const

/** Creates the response with a page. */
export async function pageResponse({ status = 200, headers = [], ...page }: Page): Promise<Response> {
  const text = String(await frame(page))
  const fields = ['Cache-Control', 'no-store', ...SECURITY_FIELDS, ...headers]
  return contentResponse(status, 'text/html; charset=utf-8', text, fields)
}

/** Creates a redirect after a form was handled, so that a reload does not send the form again (RFC 9110, section 15.4.4). */
export function redirect(location: string, headers: readonly string[] = []): Response {
  return {
    status: 303,
    headers: ['Location', location, 'Content-Length', '0', 'Cache-Control', 'no-store', ...headers],
  }
}

/** A time for people, and for programs. */
export function timeElement(milliseconds: number): Html {
  const iso = new Date(milliseconds).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function frame({ title, content, client }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} - Fourwire</title>
<link rel="stylesheet" href="/app/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${client ? navigation(client, title) : ''}
<main id="main">
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`
}

function navigation({ account }: SignedIn, title: string): Html {
  return html`<header>
<nav aria-label="Application">
<ul>
${LINKS.map(([href, label]) => html`<li><a href="${href}"${label === title ? html` aria-current="page"` : ''}>${label}</a></li>\n`)}
</ul>
</nav>
<form class="account" method="post" action="/app/sign-out"><span>${account.name}</span> <button>Sign out</button></form>
</header>`
}
