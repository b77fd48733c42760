/** `GET /test/`: the endpoints, each with a curl line. */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { contentResponse, type Response } from '../../response/response.ts'
import { HTML } from '../content.ts'
import { type Endpoint, type EndpointGroup, PREFIX } from '../endpoint.ts'
import { STYLE } from './style.ts'

type Html = ReturnType<typeof html>

/** No script, no other site. */
const POLICY = [
  'Content-Security-Policy',
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
]

/** @param url the URL of the prefix, for the curl lines */
export async function indexPage(groups: readonly EndpointGroup[], url: string): Promise<Response> {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Test endpoints - Fourwire</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>Test endpoints</h1>
<p>For tests of HTTP clients: each endpoint responds with the behavior that its path and its parameters name, as
<a href="https://github.com/mccutchen/go-httpbin">go-httpbin</a> does. Copy a line into a terminal.</p>
<nav aria-label="Groups">
<ul>
${groups.map(({ title }) => html`<li><a href="#${idOf(title)}">${title}</a></li>\n`)}</ul>
</nav>
</header>
<main id="main">
${groups.map(group => section(group, url))}</main>
</body>
</html>
`
  return contentResponse(200, HTML, String(await page), POLICY)
}

/** Returns the curl line of an endpoint. */
export function curlLine({ example }: Endpoint, url: string): string {
  return `curl ${example.replace('URL', () => url)}`
}

function section({ title, endpoints }: EndpointGroup, url: string): Html {
  return html`<section aria-labelledby="${idOf(title)}">
<h2 id="${idOf(title)}">${title}</h2>
<ul class="endpoints">
${endpoints.map(
  endpoint => html`<li>
<div class="title">
<h3><code>${PREFIX}${endpoint.path.replace(/\*(\w+)$/, ':$1')}</code></h3>
<p class="methods">${endpoint.methods.join(', ')}</p>
</div>
<p>${endpoint.summary}</p>
<pre><code>${curlLine(endpoint, url)}</code></pre>
</li>
`,
)}</ul>
</section>
`
}

/** `Status codes and failures` -> `status-codes-and-failures`. */
function idOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z]+/g, '-')
}
