import { describe, expect, test } from 'vitest'
import { call, ENVELOPE, serverOnSharedStore } from './mail-server.ts'

const startServer = serverOnSharedStore()

const MULTIPART = `From: Ann <ann@fourwire.test>
To: bob@fourwire.test, "Eve, E." <eve@fourwire.test>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
X-Raw: Grüße
Date: Tue, 03 Mar 2026 10:00:00 +0100
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8

Hello Bob, see https://fourwire.test/welcome.
--a
Content-Type: text/html; charset=utf-8

<p>Hello <a href="https://fourwire.test/?a=1&amp;b=2">Bob</a></p>
--a--
--m
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="dätä.bin"
Content-Transfer-Encoding: base64

AAECAw==
--m
Content-Type: image/svg+xml
Content-Disposition: inline; filename=logo.svg
Content-ID: <logo@x>

<svg><script>alert(1)</script></svg>
--m--
`

const subjects = (value: { subject: string }[]) => value.map(({ subject }) => subject)

test('an empty mailbox is an empty list', async () => {
  const { url } = await startServer()
  const { status, value, headers } = await call(`${url}/mail`)
  expect([status, value, headers.get('link')]).toEqual([200, [], null])
})

test('lists a summary of each message, newest first', async () => {
  const { url, add, mail } = await startServer()
  const first = await add(MULTIPART)
  const second = await add('\nno header\n', { envelope: { from: '', to: ['bob@fourwire.test'] } })
  const { value } = await call(`${url}/mail`)
  const date = async (id: string) => (await mail.get(id))?.receivedAt.toISOString()
  const size = Buffer.byteLength(MULTIPART.replaceAll('\n', '\r\n'))
  const empty = { from: '', to: ['bob@fourwire.test'], author: '', subject: '', seen: false, size: 13 }
  const full = { ...ENVELOPE, author: 'Ann <ann@fourwire.test>', subject: 'Grüße', seen: false, size }
  expect(value).toEqual([
    { id: second, date: await date(second), ...empty },
    { id: first, date: await date(first), ...full },
  ])
})

describe('pages', () => {
  test('the Link field leads through all messages of the same search', async () => {
    const { url, add } = await startServer()
    for (const number of [1, 2, 3, 4, 5]) await add(`Subject: ${number % 2 ? 'odd' : 'even'} ${number}\n\nx\n`)
    const pages: string[][] = []
    let next: string | undefined = '/mail?q=subject%3Aodd&limit=2'
    while (next !== undefined) {
      const { value, headers } = await call(`${url}${next}`)
      pages.push(subjects(value))
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(pages).toEqual([['odd 5', 'odd 3'], ['odd 1']])
  })

  test('a mailbox has pages of its own, with the mail to its tags', async () => {
    const { url, add } = await startServer()
    for (const to of ['bob+a@fourwire.test', 'eve@fourwire.test', 'Bob@fourwire.test', 'bob@fourwire.test']) {
      await add(`Subject: to ${to}\n\nx\n`, { envelope: { from: 'a@x.test', to: [to] } })
    }
    const first = await call(`${url}/mail?mailbox=bob@fourwire.test&limit=2`)
    expect(subjects(first.value)).toEqual(['to bob@fourwire.test', 'to Bob@fourwire.test'])
    const next = /^<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1]
    const second = await call(`${url}${next}`)
    expect([subjects(second.value), second.headers.get('link')]).toEqual([['to bob+a@fourwire.test'], null])
  })

  test('limit=0 is an empty list', async () => {
    const { url, add } = await startServer()
    await add('Subject: x\n\nx\n')
    expect((await call(`${url}/mail?limit=0`)).value).toEqual([])
  })
})

test.each([
  ['/mail?limit=-1', 'The limit must be a number up to 1000, not -1'],
  ['/mail?limit=x', 'The limit must be a number up to 1000, not x'],
  ['/mail?limit=', 'The limit must be a number up to 1000, not'],
  ['/mail?limit=1e3', 'The limit must be a number up to 1000, not 1e3'],
  ['/mail?limti=3', 'Unknown parameter "limti". Use q, limit, cursor, mailbox.'],
  ['/mail?q=a&q=b', 'The parameter q is given more than once.'],
  ['/mail?cursor=7x', 'cursor "7x" is not one of this list. Use the cursor of the page before'],
  ['/mail?mailbox=bob@x.test&cursor=7', 'cursor "7" is not one of this list. Use the cursor of the page before'],
  ['/mail?q=form:ann', 'query: unknown condition "form:ann".'],
  ['/mail/1?x=1', 'Unknown parameter "x". This path has no parameters.'],
])('%s is 400 with the reason', async (target, reason) => {
  const { url } = await startServer()
  const { status, text } = await call(`${url}${target}`)
  expect([status, text]).toEqual([400, expect.stringContaining(`400 Bad Request\n${reason}`)])
})

describe('a message', () => {
  test('has text, HTML, links, addresses, header fields, attachments and the conversation', async () => {
    const { url, add } = await startServer()
    const id = await add(MULTIPART, { transcript: id => `S: 220 hi\nC: EHLO me\nS: 250 ${id}\n` })
    const { value } = await call(`${url}/mail/${id}`)
    expect(value).toMatchObject({
      id,
      subject: 'Grüße',
      text: 'Hello Bob, see https://fourwire.test/welcome.',
      html: '<p>Hello <a href="https://fourwire.test/?a=1&amp;b=2">Bob</a></p>',
      links: ['https://fourwire.test/?a=1&b=2', 'https://fourwire.test/welcome'],
      addresses: {
        from: [{ name: 'Ann', address: 'ann@fourwire.test' }],
        to: [
          { name: '', address: 'bob@fourwire.test' },
          { name: 'Eve, E.', address: 'eve@fourwire.test' },
        ],
        cc: [],
        replyTo: [],
      },
      attachments: [
        { name: 'dätä.bin', type: 'application/octet-stream', size: 4, inline: false },
        { name: 'logo.svg', type: 'image/svg+xml', cid: 'logo@x', inline: true, path: `/mail/${id}/attachments/1` },
      ],
      conversation: `S: 220 hi\nC: EHLO me\nS: 250 ${id}\n`,
    })
    expect(value).not.toHaveProperty('problem')
  })

  test('has its header fields decoded: encoded words and raw UTF-8', async () => {
    const { url, add } = await startServer()
    const { value } = await call(`${url}/mail/${await add(MULTIPART)}`)
    expect(value.headers.slice(0, 4)).toEqual([
      { name: 'From', value: 'Ann <ann@fourwire.test>' },
      { name: 'To', value: 'bob@fourwire.test, "Eve, E." <eve@fourwire.test>' },
      { name: 'Subject', value: 'Grüße' },
      { name: 'X-Raw', value: 'Grüße' },
    ])
  })

  test('is available as it was stored', async () => {
    const { url, add, mail } = await startServer()
    const id = await add(MULTIPART)
    const response = await fetch(`${url}/mail/${id}/raw`)
    expect(response.headers.get('content-type')).toBe('message/rfc822')
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from((await mail.raw(id)) ?? []))
  })

  test('has attachments that cannot run in the origin of the server', async () => {
    const { url, add } = await startServer()
    const id = await add(MULTIPART)
    const binary = await fetch(`${url}/mail/${id}/attachments/0`)
    expect(new Uint8Array(await binary.arrayBuffer())).toEqual(Uint8Array.of(0, 1, 2, 3))
    expect(binary.headers.get('content-disposition')).toBe(
      `attachment; filename="d_t_.bin"; filename*=UTF-8''d%C3%A4t%C3%A4.bin`,
    )
    const image = await call(`${url}/mail/${id}/attachments/1`)
    expect(image.text.trim()).toBe('<svg><script>alert(1)</script></svg>')
    expect(image.headers.get('content-type')).toBe('image/svg+xml')
    expect(image.headers.get('content-disposition')).toBe('inline; filename="logo.svg"')
    expect(image.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
    expect(image.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('that does not exist, or has no such attachment, is 404', async () => {
    const { url, add } = await startServer()
    const id = await add(MULTIPART)
    const missing = ['nope', 'nope/raw', 'nope/attachments/0', `${id}/attachments/2`, `${id}/attachments/x`]
    for (const path of missing) expect([path, (await call(`${url}/mail/${path}`)).status]).toEqual([path, 404])
    for (const [path, method] of [
      ['nope', 'DELETE'],
      ['nope/seen', 'POST'],
    ]) {
      expect((await call(`${url}/mail/${path}`, { method: method ?? '' })).status).toBe(404)
    }
  })

  test('with a long text is truncated, and marked as truncated', async () => {
    const { url, add } = await startServer()
    const id = await add(`Subject: long\n\n${`${'\u{1f600}\\'.repeat(35)}\n`.repeat(20_000)}`)
    const { value } = await call(`${url}/mail/${id}`)
    expect(value).toMatchObject({ truncated: true, subject: 'long' })
    expect(value.text.length).toBe(1024 * 1024)
    expect(value.text.slice(0, 6)).toBe('\u{1f600}\\\u{1f600}\\')
  })
})

describe('changes', () => {
  test('a message is seen, and unseen again', async () => {
    const { url, add } = await startServer()
    const id = await add(MULTIPART)
    const seen = async () => (await call(`${url}/mail/${id}`)).value.seen
    expect(await call(`${url}/mail/${id}/seen`, { method: 'POST' })).toMatchObject({ status: 204, text: '' })
    expect(await seen()).toBe(true)
    await call(`${url}/mail/${id}/seen`, { method: 'POST', body: '{"seen": false}' })
    expect(await seen()).toBe(false)
    const invalid = await call(`${url}/mail/${id}/seen`, { method: 'POST', body: '{"seen": 1}' })
    expect([invalid.status, await seen()]).toEqual([400, false])
  })

  test('a message is deleted, and leaves the mailbox, the search and the list', async () => {
    const { url, add, mail } = await startServer()
    const [id, other] = [await add('Subject: zebra\n\nx\n'), await add('Subject: zebra\n\nx\n')]
    expect((await call(`${url}/mail?q=zebra`)).value).toHaveLength(2)
    expect((await call(`${url}/mail/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(`${url}/mail?q=zebra`)).value).toMatchObject([{ id: other }])
    expect((await call(`${url}/mail/${id}`)).status).toBe(404)
    expect(await mail.usage('bob@fourwire.test')).toEqual({ messages: 1, bytes: 21 })
  })

  test('all messages are deleted', async () => {
    const { url, add, mail } = await startServer()
    for (const _ of [1, 2, 3]) await add(MULTIPART)
    expect((await call(`${url}/mail`, { method: 'DELETE' })).value).toEqual({ deleted: 3 })
    expect((await call(`${url}/mail`)).value).toEqual([])
    expect(await mail.usage('bob@fourwire.test')).toEqual({ messages: 0, bytes: 0 })
  })

  test.each([
    ['/mail', 'PUT', 'GET, HEAD, DELETE, OPTIONS'],
    ['/mail/x', 'POST', 'GET, HEAD, DELETE, OPTIONS'],
    ['/mail/x/seen', 'GET', 'POST, OPTIONS'],
    ['/mail/events', 'DELETE', 'GET, HEAD, OPTIONS'],
  ])('%s does not allow %s', async (path, method, allow) => {
    const { url } = await startServer()
    const { status, headers } = await call(`${url}${path}`, { method })
    expect([status, headers.get('allow')]).toEqual([405, allow])
  })
})

describe('hostile messages', () => {
  test('a poisonous header is shown and listed like any other', async () => {
    const { url, add } = await startServer()
    const id = await add(`Subject: a\n${' \n'.repeat(17_000)}\nx\n`)
    expect((await call(`${url}/mail`)).value).toMatchObject([{ id, subject: 'a' }])
    expect((await call(`${url}/mail/${id}`)).value).toMatchObject({ id, subject: 'a', text: 'x' })
  })

  test('a message with more parts than the parser accepts has its header and the reason', async () => {
    const { url, add } = await startServer()
    const parts = '--m\nContent-Type: text/plain\n\nx\n'.repeat(2000)
    const id = await add(`Subject: many\nContent-Type: multipart/mixed; boundary=m\n\n${parts}--m--\n`)
    const { status, value } = await call(`${url}/mail/${id}`)
    expect(status).toBe(200)
    expect(value).toMatchObject({ subject: 'many', text: '', problem: expect.stringContaining('child nodes') })
    expect(value.headers[0]).toEqual({ name: 'Subject', value: 'many' })
  })

  test('a message of arbitrary bytes is shown and listed', async () => {
    const { url, add } = await startServer()
    const id = await add(Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256)))
    expect((await call(`${url}/mail/${id}`)).status).toBe(200)
    expect((await call(`${url}/mail`)).value).toHaveLength(1)
  })
})

test('responds to many concurrent requests', async () => {
  const { url, add } = await startServer()
  const id = await add(MULTIPART)
  const responses = await Promise.all(Array.from({ length: 20 }, () => call(`${url}/mail/${id}`)))
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
})
