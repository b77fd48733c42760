import { expect, test } from 'vitest'
import { request } from '../../../../clients/http/index.ts'
import type { Suite } from '../../../../shared/launcher/index.ts'
import { suiteFor } from '../../../helpers/suite.ts'

const start = () => suiteFor({ services: ['http'] })

async function getJson({ http }: Suite<'http'>, target: string) {
  const response = await request({ url: `http://127.0.0.1:${http.port}${target}` })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers['content-type'],
    value: response.status === 200 ? JSON.parse(text) : text,
  }
}

const ENVELOPE = { from: 'ann@fourwire.test', to: ['bob@fourwire.test', 'eve@fourwire.test'] }

/** Encodes a message, with CRLF for its line feeds. */
const message = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))

const MULTIPART = message(`From: Ann <ann@fourwire.test>
To: bob@fourwire.test
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Tue, 03 Mar 2026 10:00:00 +0100
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8

Hello Bob
--a
Content-Type: text/html; charset=utf-8

<p>Hello Bob</p>
--a--
--m
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="data.bin"
Content-Transfer-Encoding: base64

AAECAw==
--m--
`)

test('an empty mailbox is an empty list', async () => {
  expect(await getJson(await start(), '/mail')).toEqual({
    status: 200,
    type: 'application/json; charset=utf-8',
    value: [],
  })
})

test('lists a summary of each message, newest first', async () => {
  const suite = await start()
  const first = await suite.mail.add({ envelope: ENVELOPE, raw: MULTIPART })
  const second = await suite.mail.add({
    envelope: { from: '', to: ['bob@fourwire.test'] },
    raw: message('\nno header\n'),
  })
  const { value } = await getJson(suite, '/mail')
  expect(value).toEqual([
    {
      id: second.id,
      from: '',
      to: ['bob@fourwire.test'],
      subject: '',
      date: second.receivedAt.toISOString(),
      size: second.raw.length,
    },
    { id: first.id, ...ENVELOPE, subject: 'Grüße', date: '2026-03-03T09:00:00.000Z', size: MULTIPART.length },
  ])
  expect((await getJson(suite, '/mail?limit=1')).value).toEqual([value[0]])
  expect((await getJson(suite, '/mail?limit=0')).value).toEqual([])
})

test.each(['-1', 'x', '', '1e3'])('a limit of %j is 400', async limit => {
  expect((await getJson(await start(), `/mail?limit=${limit}`)).status).toBe(400)
})

test('shows one message with its text, HTML, header fields and attachments', async () => {
  const suite = await start()
  const { id } = await suite.mail.add({ envelope: ENVELOPE, raw: MULTIPART })
  const { value } = await getJson(suite, `/mail/${id}`)
  expect(value).toMatchObject({
    id,
    subject: 'Grüße',
    text: 'Hello Bob',
    html: '<p>Hello Bob</p>',
    attachments: [{ name: 'data.bin', type: 'application/octet-stream', size: 4 }],
  })
  expect(value.headers.slice(0, 3)).toEqual([
    { name: 'From', value: 'Ann <ann@fourwire.test>' },
    { name: 'To', value: 'bob@fourwire.test' },
    { name: 'Subject', value: '=?utf-8?q?Gr=C3=BC=C3=9Fe?=' },
  ])
})

test('an unknown message is 404, and a message cannot be deleted', async () => {
  const suite = await start()
  expect((await getJson(suite, '/mail/nope')).status).toBe(404)
  const response = await request({ url: `http://127.0.0.1:${suite.http.port}/mail/nope`, method: 'DELETE' })
  expect([response.status, response.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS'])
  await response.text()
})

test('truncates a long text, and marks it as truncated', async () => {
  const suite = await start()
  const raw = message(`Subject: long\n\n${`${'x'.repeat(70)}\n`.repeat(20_000)}`)
  const { id } = await suite.mail.add({ envelope: ENVELOPE, raw })
  const { value } = await getJson(suite, `/mail/${id}`)
  expect(value).toMatchObject({ truncated: true, size: raw.length })
  expect(value.text.length).toBe(1024 * 1024)
})

test('shows only the header section of a message that the parser rejects', async () => {
  const suite = await start()
  const parts = '--m\nContent-Type: text/plain\n\nx\n'.repeat(2000)
  const raw = message(`Subject: many\nContent-Type: multipart/mixed; boundary=m\n\n${parts}--m--\n`)
  const { id } = await suite.mail.add({ envelope: ENVELOPE, raw })
  const { status, value } = await getJson(suite, `/mail/${id}`)
  expect(status).toBe(200)
  expect(value).toMatchObject({ subject: 'many', text: '', problem: expect.any(String) })
})

test('shows and lists a message of arbitrary bytes', async () => {
  const suite = await start()
  const raw = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256))
  const { id } = await suite.mail.add({ envelope: ENVELOPE, raw })
  expect((await getJson(suite, `/mail/${id}`)).status).toBe(200)
  expect((await getJson(suite, '/mail')).value).toHaveLength(1)
})

test('responds to many concurrent requests', async () => {
  const suite = await start()
  const { id } = await suite.mail.add({ envelope: ENVELOPE, raw: MULTIPART })
  const responses = await Promise.all(Array.from({ length: 20 }, () => getJson(suite, `/mail/${id}`)))
  expect(responses.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
})
