/** What a hostile message must not do in the pages of its reader. */
import { expect, test } from 'vitest'
import { sharedMailSuite } from './mail-suite.ts'

const resetSuite = sharedMailSuite()

const SCRIPT = '<script>alert(1)</script>'
const ATTRIBUTE = `"'><img src=x onerror=alert(1)>`

test.each([SCRIPT, ATTRIBUTE])('the subject, names and attachment name %s are text in every page', async hostile => {
  const { alice, deliver } = await resetSuite()
  const encoded = `=?utf-8?b?${Buffer.from(hostile).toString('base64')}?=`
  const id = await deliver(`From: ${encoded} <ann@client.example>
To: ${encoded} <alice@fourwire.test>
Reply-To: ${encoded} <ann@client.example>
Subject: ${encoded}
Content-Type: multipart/mixed; boundary=m

--m

${hostile}
--m
Content-Type: application/octet-stream
Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(hostile)}

x
--m--
`)
  for (const path of ['', `/${id}`, `/${id}/reply`, `/${id}/delete`]) {
    const page = await alice.get(`/app/mail${path}`)
    expect(page.status).toBe(200)
    expect(page.text).not.toContain(hostile)
    expect(page.text).not.toMatch(/<script|<img/i)
    expect(page.text).toContain('alert(1)')
  }
  const { headers } = await alice.get(`/app/mail/${id}/attachments/0`)
  expect(headers.get('content-disposition')).toMatch(
    /^attachment; filename="[^"]*"(?:; filename\*=UTF-8''[\w%.~!-]*)?$/,
  )
})

const HOSTILE_HTML = `<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/">
<LINK rel="preconnect" href="https://evil.example"><link rel=stylesheet href="https://evil.example/x.css">
<script>alert(1)</script><img src="https://evil.example/x.png" onerror="alert(1)">
<a href="javascript:alert(1)">x</a><a href="https://evil.example/phish">y</a>
<form action="https://evil.example/form"><input name="password"></form>
<iframe src="/app/notices"></iframe><style>@import "https://evil.example/y.css"; body { background: url(https://evil.example/z.png) }</style>`

test('hostile HTML is only in the sandboxed document, never in a page', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(`Subject: x\nContent-Type: text/html\n\n${HOSTILE_HTML}\n`)
  const page = await alice.get(`/app/mail/${id}`)
  expect(page.text).toContain(`<iframe sandbox src="/app/mail/${id}/html" title="The message as HTML"></iframe>`)
  expect(
    page.text.match(/<(?:script|base|meta|form|iframe|img|style|link)\b[^>]*/gi)?.filter(tag => /evil|alert/.test(tag)),
  ).toEqual([])
  expect(page.text).not.toMatch(/href="javascript:/i)
  expect(page.text).toContain('<code>javascript:alert(1)</code>')
  expect(page.text).toContain('<a href="https://evil.example/phish" rel="noopener noreferrer nofollow">')
  expect(page.headers.get('x-dns-prefetch-control')).toBe('off')
  expect((await alice.get(`/app/mail/${id}?as=text`)).text).not.toContain('<iframe')
})

test('the sandboxed document cannot run scripts, load anything, send forms or be framed by others', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(`Subject: x\nContent-Type: text/html\n\n${HOSTILE_HTML}\n`)
  const { status, text, headers } = await alice.get(`/app/mail/${id}/html`)
  expect(status).toBe(200)
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    'referrer-policy': 'no-referrer',
    'x-dns-prefetch-control': 'off',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  expect(text).not.toMatch(/<(?:base|meta|link|iframe)\b/i)
  expect(text).toContain('<a href="https://evil.example/phish">')
})

test('a message without HTML has no frame and no document', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver('Subject: x\n\ntext\n')
  expect((await alice.get(`/app/mail/${id}?as=html`)).text).not.toContain('<iframe')
  expect((await alice.get(`/app/mail/${id}/html`)).status).toBe(404)
})

test('a media type and a name cannot split the header of the download', async () => {
  const { alice, deliver } = await resetSuite()
  const name = encodeURIComponent('x\r\nSet-Cookie: session=evil; a="b')
  const id = await deliver(
    `Subject: x\nContent-Type: image/"><b; name="x"\nContent-Disposition: attachment; filename*=utf-8''${name}\n\nx\n`,
  )
  const { status, headers } = await alice.get(`/app/mail/${id}/attachments/0`)
  expect([status, headers.get('set-cookie')]).toEqual([200, null])
  expect(headers.get('content-disposition')).toMatch(/^attachment; filename="x__Set-Cookie: session=evil; a=_b"/)
})
