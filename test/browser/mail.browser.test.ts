/** One's mailbox as a person uses it, and hostile mail in a real browser. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { send } from '../../clients/smtp/index.ts'
import type { Suite } from '../../shared/launcher/index.ts'
import { suiteFor } from '../helpers/suite.ts'
import { FULL, PNG } from '../servers/http/app/mailbox/mail-suite.ts'
import { DESKTOP, expectAccessible, overflows, PHONE, screenshot, useBrowser } from './browser.ts'

const openPage = useBrowser()

type MailSuite = Suite<'http' | 'smtp'>

const startMail = (): Promise<MailSuite> => suiteFor({ services: ['http', 'smtp'] })

async function deliver({ smtp }: MailSuite, raw: string): Promise<void> {
  await send({ server: `127.0.0.1:${smtp.port}`, from: 'ann@client.example', to: 'alice@fourwire.test', raw })
}

/** Signs in; the mailbox is the first page. */
async function openMailbox({ http }: MailSuite, page: Page): Promise<void> {
  await page.goto(new URL('/app/mail', http.url).href)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill('wonderland')
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Evaluates an expression in the frame of the message: the debugger may, the message may not. */
async function evaluateInFrame(page: Page, expression: string): Promise<unknown> {
  const element = await page.locator('iframe').elementHandle()
  const frame = await element?.contentFrame()
  await frame?.waitForLoadState()
  return frame?.evaluate(expression)
}

/** The browser reports what the policy blocks. */
const isBlocked = (error: string) => /Content Security Policy|sandboxed/i.test(error)

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  test('reads a message that SMTP just delivered, downloads its attachment, answers it, and deletes it', async () => {
    const suite = await startMail()
    const page = await openPage({ javaScriptEnabled, acceptDownloads: true }, isBlocked)
    await openMailbox(suite, page)
    expect(await page.getByText('There are no messages.').isVisible()).toBe(true)
    await deliver(suite, FULL.replace('<ann@client.example>', '<bob@fourwire.test>'))
    await page.getByRole('link', { name: 'Mail', exact: true }).click()
    expect(await page.getByText('Unread', { exact: true }).isVisible()).toBe(true)
    await page.getByRole('link', { name: 'Grüße' }).click()
    expect(await page.getByRole('region', { name: 'Text of the message' }).textContent()).toMatch(/^Hello Alice/)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'dätä.html' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('dätä.html')
    await page.getByRole('link', { name: 'Show as HTML' }).click()
    const frame = page.frameLocator('iframe[title="The message as HTML"]')
    expect(await frame.getByText('Alice').textContent()).toBe('Alice')
    await page.getByRole('link', { name: 'Reply' }).click()
    expect(await page.getByLabel('To').inputValue()).toBe('"Ann, the first" <bob@fourwire.test>')
    await page.getByLabel('Text').fill('Thank you, Bob.')
    await page.getByRole('button', { name: 'Send' }).click()
    expect(await page.getByRole('status').textContent()).toBe('The message was sent.')
    const answer = await suite.mail.waitFor({ subject: 'Re: Grüße' })
    expect([answer.envelope.to, answer.text]).toEqual([['bob@fourwire.test'], 'Thank you, Bob.'])
    expect(await page.getByText('Unread', { exact: true }).count()).toBe(0)
    await page.getByRole('link', { name: 'Grüße' }).click()
    await page.getByRole('link', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    expect(await page.getByText('There are no messages.').isVisible()).toBe(true)
  })

  test('keeps what was typed if the server refuses the recipient, and finds a message', async () => {
    const suite = await startMail()
    const page = await openPage({ javaScriptEnabled })
    await openMailbox(suite, page)
    await page.getByRole('link', { name: 'Write a message' }).click()
    await page.getByLabel('To').fill('someone@example.org')
    await page.getByLabel('Subject').fill('lunch')
    await page.getByLabel('Text').fill('At noon?')
    await page.getByRole('button', { name: 'Send' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('someone@example.org: 550 5.7.1 Relaying denied')
    expect(await page.getByLabel('Text').inputValue()).toBe('At noon?')
    await page.getByLabel('To').fill('alice@fourwire.test')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByLabel('Search').fill('subject:lunch')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Show all' }).waitFor()
    expect(await page.getByRole('link', { name: 'lunch' }).isVisible()).toBe(true)
    await page.getByLabel('Search').fill('subject:dinner')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByText('No message matches the search.').waitFor()
  })
})

describe('a hostile message', () => {
  /** A server that records its connections: whatever a browser loads, or only prepares to load, connects to it. */
  async function startTracker() {
    let [connections, requests] = [0, 0]
    const server = createServer(socket => {
      connections += 1
      socket
        .on('error', () => {})
        .once('data', () => {
          requests += 1
          socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
        })
      onTestFinished(() => void socket.destroy())
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    return { server, url: `http://127.0.0.1:${port}`, connections: () => connections, requests: () => requests }
  }

  const hostile = (
    tracker: string,
  ) => `<base href="${tracker}/"><meta http-equiv="refresh" content="0;url=${tracker}/refresh">
<link rel="preconnect" href="${tracker}"><link rel="stylesheet" href="${tracker}/style.css"><link rel="prefetch" href="${tracker}/next">
<style>@import "${tracker}/import.css"; body { background: url(${tracker}/background.png) } p { color: rgb(1, 2, 3) }</style>
<script>top.document.title = 'scripted'; fetch('${tracker}/fetch')</script>
<p id="p">visible</p><img src="${tracker}/image.png" onerror="top.document.title = 'scripted'"><img src="image.png">
<iframe src="${tracker}/frame"></iframe><object data="${tracker}/object"></object><video src="${tracker}/video" autoplay></video>
<a href="${tracker}/link" id="link">link</a> <a href="${tracker}/top" target="_top" id="top">top</a>
<form action="${tracker}/form" target="_top"><button id="send">send</button></form>`

  test('loads nothing, runs nothing and leads nowhere', async () => {
    const [suite, tracker] = [await startMail(), await startTracker()]
    await deliver(suite, `Subject: hostile\nContent-Type: text/html\n\n${hostile(tracker.url)}\n`)
    const page = await openPage({}, isBlocked)
    await openMailbox(suite, page)
    await page.getByRole('link', { name: 'hostile' }).click()
    const frame = page.frameLocator('iframe')
    expect(await evaluateInFrame(page, 'getComputedStyle(document.querySelector("#p")).color')).toBe('rgb(1, 2, 3)')
    const url = page.url()
    await page.goto(`${url}/html`)
    expect(await page.locator('#p').textContent()).toBe('visible')
    expect(await page.title()).not.toBe('scripted')
    await page.goto(url)
    expect(tracker.connections()).toBe(0)
    for (const id of ['send', 'top', 'link']) await frame.locator(`#${id}`).click()
    await page.getByRole('link', { name: 'Show as text' }).click()
    expect(page.url()).toBe(`${url}?as=text`)
    expect(await page.title()).toBe('hostile - Fourwire')
    // The browser may connect when a person clicks, but sends nothing.
    expect(tracker.requests()).toBe(0)
  })

  test('would make the browser connect to the tracker with the policy alone', async () => {
    const tracker = await startTracker()
    const policy = "sandbox; default-src 'none'"
    const server = createHttpServer((_, response) => {
      response.setHeader('Content-Type', 'text/html').setHeader('Content-Security-Policy', policy)
      response.end(`<iframe src="${tracker.url}"></iframe>`)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const page = await openPage({}, isBlocked)
    const connected = once(tracker.server, 'connection')
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await connected
  })
})

const LONG = `Subject: ${'long '.repeat(40)}${'x'.repeat(200)}\nFrom: ${'y'.repeat(100)}@client.example\n\n${'z'.repeat(300)}\n`
const TABLE =
  'Subject: a table\nContent-Type: text/html\n\n<h1>Sales</h1><table width="900" border="1"><tr><td>1<td>2</table>\n'

const LOOKS = [
  ['light', 'desktop', DESKTOP],
  ['dark', 'desktop', DESKTOP],
  ['light', 'phone', PHONE],
  ['dark', 'phone', PHONE],
] as const

describe.each(LOOKS)(
  '%s on a %s, the pages are accessible and fit into the window',
  (colorScheme, device, viewport) => {
    async function start(...messages: string[]) {
      const suite = await startMail()
      for (const message of messages) await deliver(suite, message)
      const page = await openPage({ colorScheme, viewport }, isBlocked)
      await openMailbox(suite, page)
      const look = async (name: string) => {
        await screenshot(page, `mail-${name}-${colorScheme}-${device}`)
        await expectAccessible(page)
        expect(await overflows(page)).toBe(false)
      }
      return { page, look, visit: (path: string) => page.goto(new URL(path, suite.http.url).href) }
    }

    test('to read mail', async () => {
      const { page, look, visit } = await start(LONG, TABLE, FULL)
      await page.getByRole('link', { name: 'Grüße' }).click()
      await look('text')
      await page.getByRole('link', { name: 'Show as HTML' }).click()
      await look('html')
      await visit('/app/mail')
      await look('list')
      await page.getByRole('link', { name: 'long' }).click()
      await look('long')
      await page.getByRole('link', { name: 'Delete' }).click()
      await look('delete')
    })

    test('to search and write mail', async () => {
      const { page, look, visit } = await start(TABLE)
      await visit('/app/mail?q=is:wrong')
      await look('query')
      await page.getByLabel('Search').fill('table')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByRole('link', { name: 'a table' }).click()
      await look('table')
      await page.getByRole('link', { name: 'Reply' }).click()
      await page.getByLabel('To').fill('someone@example.org')
      await page.getByRole('button', { name: 'Send' }).click()
      await look('refused')
      await visit('/app/mail/compose')
      await look('compose')
    })
  },
)

test('an image of the message is shown in the frame', async () => {
  const suite = await startMail()
  await deliver(suite, FULL)
  const page = await openPage({}, isBlocked)
  await openMailbox(suite, page)
  await page.getByRole('link', { name: 'Grüße' }).click()
  await page.getByRole('link', { name: 'Show as HTML' }).click()
  const image = page.frameLocator('iframe').getByAltText('dot')
  expect(await image.getAttribute('src')).toBe(`data:image/png;base64,${PNG}`)
  expect(await evaluateInFrame(page, 'document.querySelector("img").naturalWidth')).toBe(5)
})
