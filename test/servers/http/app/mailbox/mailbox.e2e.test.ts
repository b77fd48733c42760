import { expect, test } from 'vitest'
import { send } from '../../../../../clients/smtp/index.ts'
import { signedInClient } from '../client.ts'
import { FULL, type Listed, mailSuite, PNG, sharedMailSuite } from './mail-suite.ts'

const resetSuite = sharedMailSuite()

const subjects = ({ json }: { json: unknown }) => (json as Listed).messages.map(({ subject }) => subject)

test('lists the messages of the account, newest first, as JSON and as a page', async () => {
  const { alice, deliver } = await resetSuite()
  expect((await alice.get('/app/mail')).text).toContain('There are no messages.')
  const first = await deliver('Subject: first\nFrom: Ann <ann@client.example>\n\nx\n')
  await deliver('Subject: for bob\n\nx\n', 'bob@fourwire.test')
  await deliver('\nno header\n', 'alice+news@fourwire.test')
  const list = await alice.get('/api/mail')
  expect(list.json).toMatchObject({
    messages: [
      { subject: '', to: ['alice+news@fourwire.test'], author: '' },
      { id: first, subject: 'first', author: 'Ann <ann@client.example>', from: 'ann@client.example', seen: false },
    ],
    next: null,
  })
  const page = await alice.get('/app/mail')
  expect(page.text).toMatch(/\(no subject\).*ann@client\.example.*first.*Ann &lt;ann@client\.example&gt;/s)
  expect(page.text).not.toContain('for bob')
})

test('searches with the query language of GET /mail, and keeps the query in the form', async () => {
  const { alice, deliver } = await resetSuite()
  await deliver('Subject: the printer\n\nIt works.\n')
  await deliver('Subject: lunch\nFrom: Ben <ben@client.example>\n\nAt noon.\n')
  await deliver(FULL)
  for (const [q, found] of [
    ['printer', ['the printer']],
    ['from:ben', ['lunch']],
    ['has:attachment', ['Grüße']],
    ['is:unseen text:noon', ['lunch']],
    ['nothing', []],
  ] as const) {
    expect(subjects(await alice.get(`/api/mail?${new URLSearchParams({ q })}`))).toEqual(found)
  }
  const page = await alice.get('/app/mail?q=from:ben')
  expect(page.text).toContain('value="from:ben"')
  expect(page.text).toContain('lunch')
  expect(page.text).not.toContain('printer')
  expect((await alice.get('/app/mail?q=nothing')).text).toContain('No message matches the search.')
  const wrong = await alice.get('/app/mail?q=form:"ben"')
  expect(wrong.status).toBe(400)
  expect(wrong.text).toMatch(
    /role="alert">query: unknown condition &quot;form:ben&quot;.*value="form:&quot;ben&quot;"/s,
  )
  expect((await alice.get('/api/mail?q=form:ben')).json).toMatchObject({ status: 400 })
})

test('lists in pages, with and without a search', async () => {
  const { alice, deliver } = await resetSuite()
  for (let count = 1; count <= 27; count++) await deliver(`Subject: report ${count}\n\nx\n`)
  const expected = Array.from({ length: 27 }, (_, index) => `report ${27 - index}`)
  for (const q of ['', 'report']) {
    const found: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await alice.get(`/api/mail?${new URLSearchParams({ q, limit: '10', ...(cursor && { cursor }) })}`)
      found.push(...subjects(page))
      cursor = (page.json as Listed).next
    }
    expect(found).toEqual(expected)
    const first = await alice.get(`/app/mail?q=${q}`)
    const older = /href="([^"]*cursor=[^"]*)">Older messages/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const last = await alice.get(older)
    expect(last.text.match(/report \d+/g)).toEqual(['report 2', 'report 1'])
  }
  expect((await alice.get('/api/mail?cursor=x')).json).toMatchObject({ status: 400 })
})

test('shows a message with its recipients, text, links and attachments', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(FULL, 'alice@fourwire.test', 'bob@fourwire.test')
  const path = `/api/mail/${id}`
  const { json } = await alice.get(path)
  expect(json).toMatchObject({
    to: ['alice@fourwire.test'],
    subject: 'Grüße',
    text: 'Hello Alice, see https://fourwire.test/welcome.',
    html: expect.stringContaining('cid:dot@x'),
    links: ['https://fourwire.test/welcome'],
    addresses: { from: [{ name: 'Ann, the first', address: 'ann@client.example' }] },
    attachments: [
      { name: 'dot.png', inline: true, path: `${path}/attachments/0` },
      { name: 'dätä.html', inline: false, path: `${path}/attachments/1` },
    ],
  })
  for (const secret of ['conversation', 'parameters', 'recipientParameters']) expect(json).not.toHaveProperty(secret)
  const { text } = await alice.get(`/app/mail/${id}`)
  expect(text).toContain('<h1>Grüße</h1>')
  expect(text).toMatch(/Text of the message">Hello Alice, see https:\/\/fourwire\.test\/welcome\.<\/div>/)
  expect(text).toMatch(/<dt>Cc<\/dt>.*eve@client\.example/)
  expect(text).toMatch(/<dt>Delivered to<\/dt><dd>alice@fourwire\.test, </)
  expect(text).toContain('<a href="https://fourwire.test/welcome" rel="noopener noreferrer nofollow">')
  expect(text).toContain(`href="/app/mail/${id}/attachments/1"><bdi>dätä.html</bdi>`)
  expect(text).not.toContain('<iframe')
  expect((await alice.get(`/app/mail/${id}?as=html`)).text).toContain(`<iframe sandbox src="/app/mail/${id}/html"`)
})

test('an attachment is downloaded, in a sandbox, also one that the HTML shows', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(FULL)
  for (const root of ['/app/mail', '/api/mail']) {
    const page = await alice.get(`${root}/${id}/attachments/1`)
    expect(page.text.trim()).toBe('<script>alert(1)</script>')
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-disposition': `attachment; filename="d_t_.html"; filename*=UTF-8''d%C3%A4t%C3%A4.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
      'cache-control': 'no-store',
    })
    const image = await alice.get(`${root}/${id}/attachments/0`)
    expect(image.headers.get('content-disposition')).toBe('attachment; filename="dot.png"')
    for (const n of ['2', '-1', 'x', '00000'])
      expect((await alice.get(`${root}/${id}/attachments/${n}`)).status).toBe(404)
  }
})

test('the message as it is stored is downloaded', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver('Subject: x\n\ntext\n')
  for (const root of ['/app/mail', '/api/mail']) {
    const raw = await alice.get(`${root}/${id}/raw`)
    expect(raw.text).toMatch(/^Received: .*Subject: x\r\n\r\ntext\r\n$/s)
    expect(raw.headers.get('content-type')).toBe('message/rfc822')
    expect(raw.headers.get('content-disposition')).toBe(`attachment; filename="${id}.eml"`)
  }
})

test('opening the page marks a message as seen; HEAD and the API do not', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver('Subject: x\n\ntext\n')
  const isSeen = async () => (await alice.get('/app/mail')).text.includes('>Unread</strong>') === false
  await alice.send('HEAD', `/app/mail/${id}`)
  await alice.get(`/api/mail/${id}`)
  expect(await isSeen()).toBe(false)
  await alice.get(`/app/mail/${id}`)
  expect(await isSeen()).toBe(true)
  expect((await alice.get('/api/mail')).json).toMatchObject({ messages: [{ seen: true }] })
  expect((await alice.form(`/app/mail/${id}/unread`, {})).headers.get('location')).toBe('/app/mail')
  expect(await isSeen()).toBe(false)
  expect((await alice.send('POST', `/api/mail/${id}/seen`)).status).toBe(204)
  expect(await isSeen()).toBe(true)
  expect((await alice.json('POST', `/api/mail/${id}/seen`, { seen: false })).status).toBe(204)
  expect(await isSeen()).toBe(false)
  expect((await alice.form(`/api/mail/${id}/seen`, { seen: 'true' })).status).toBe(204)
  expect(await isSeen()).toBe(true)
  expect((await alice.form(`/api/mail/${id}/seen`, { seen: 'maybe' })).status).toBe(400)
})

test('deletes a message, which stays in the mailbox of another account', async () => {
  const { suite, alice, deliver } = await resetSuite()
  const bob = await signedInClient(suite.http.url, 'bob', 'builder')
  const both = await deliver('Subject: both\n\nx\n', 'alice@fourwire.test', 'bob@fourwire.test')
  const own = await deliver('Subject: own\n\nx\n')
  expect((await alice.get(`/app/mail/${both}/delete`)).text).toMatch(/both.*<button class="danger">Delete/s)
  expect((await alice.form(`/app/mail/${both}/delete`, {})).headers.get('location')).toBe('/app/mail')
  expect((await alice.send('DELETE', `/api/mail/${own}`)).status).toBe(204)
  expect(subjects(await alice.get('/api/mail'))).toEqual([])
  expect((await alice.send('DELETE', `/api/mail/${both}`)).status).toBe(404)
  expect(subjects(await bob.get('/api/mail'))).toEqual(['both'])
})

test("another account's message is 404, as one that does not exist, also on loopback", async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(FULL, 'bob@fourwire.test')
  for (const unknown of [id, '00000000-0000-7000-8000-000000000000', 'x']) {
    for (const path of ['', '/raw', '/attachments/0']) {
      expect((await alice.get(`/api/mail/${unknown}${path}`)).json).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'There is no message with this id in your mailbox.',
      })
    }
    for (const path of ['', '/html', '/raw', '/attachments/0', '/reply', '/delete']) {
      expect((await alice.get(`/app/mail/${unknown}${path}`)).status).toBe(404)
    }
    expect((await alice.send('DELETE', `/api/mail/${unknown}`)).status).toBe(404)
    expect((await alice.json('POST', `/api/mail/${unknown}/seen`, {})).status).toBe(404)
    expect((await alice.form(`/app/mail/${unknown}/unread`, {})).status).toBe(404)
    expect((await alice.form(`/app/mail/${unknown}/delete`, {})).status).toBe(404)
    const answer = await alice.json('POST', '/api/mail', { to: 'alice@fourwire.test', text: 'x', answers: unknown })
    expect(answer.status).toBe(404)
  }
})

test('without a session, the API responds with 401 and the pages lead to the sign-in', async () => {
  const { suite, deliver } = await resetSuite()
  const id = await deliver(FULL)
  for (const path of ['', `/${id}`, `/${id}/raw`, `/${id}/attachments/0`]) {
    expect((await fetch(new URL(`/api/mail${path}`, suite.http.url))).status).toBe(401)
    const page = await fetch(new URL(`/app/mail${path}`, suite.http.url), { redirect: 'manual' })
    expect(page.headers.get('location')).toMatch(/^\/app\/sign-in\?next=%2Fapp%2Fmail/)
  }
})

test('a message that cannot be parsed has a page with its header and the reason', async () => {
  const { alice, deliver } = await resetSuite()
  const parts = Array.from({ length: 1100 }, () => '--m\n\nx\n').join('')
  const id = await deliver(`Subject: many parts\nContent-Type: multipart/mixed; boundary=m\n\n${parts}--m--\n`)
  const { status, text } = await alice.get(`/app/mail/${id}`)
  expect(status).toBe(200)
  expect(text).toMatch(/<h1>many parts<\/h1>.*The content cannot be shown: .*Download the message to read it\./s)
  expect((await alice.get(`/api/mail/${id}`)).json).toMatchObject({ problem: expect.any(String), text: '' })
  expect((await alice.get(`/app/mail/${id}/reply`)).status).toBe(200)
})

test('a message that is too long to be shown has a page with its beginning', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(`Subject: long\n\n${'0123456789 '.repeat(7).concat('\n').repeat(20_000)}`)
  const { status, text } = await alice.get(`/app/mail/${id}`)
  expect(status).toBe(200)
  expect(text).toContain('The message is too long to be shown in full. Download it to read the rest.')
  expect(text).toContain('The text is longer. Download the message to read the rest.')
  expect(text.length).toBeLessThan(400_000)
  const { json } = await alice.get(`/api/mail/${id}`)
  expect(json).toMatchObject({ truncated: true })
  expect((json as { text: string }).text).toHaveLength(1024 * 1024)
})

test('shows the account of the sender if its password was verified', async () => {
  for (const [auth, shown] of [
    ['optional', true],
    ['any', false],
  ] as const) {
    const { suite, alice } = await mailSuite({ smtp: { auth } })
    const server = `127.0.0.1:${suite.smtp.port}`
    const credentials = { user: 'bob', password: 'builder' }
    await send({ server, credentials, from: 'x@client.example', to: 'alice@fourwire.test', text: 'x' })
    const { messages } = (await alice.get('/api/mail')).json as Listed
    const { text } = await alice.get(`/app/mail/${messages[0]?.id}`)
    expect(text.includes('<dt>Signed in as</dt><dd>bob</dd>')).toBe(shown)
  }
})

test('the image of the frame is the one of the message', async () => {
  const { alice, deliver } = await resetSuite()
  const id = await deliver(FULL)
  const frame = await alice.get(`/app/mail/${id}/html`)
  expect(frame.text).toContain(`<img src="data:image/png;base64,${PNG}" alt="dot">`)
})
