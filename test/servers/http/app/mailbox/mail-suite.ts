/** Starts HTTP and SMTP servers, and delivers messages by SMTP. */
import { afterAll, beforeAll } from 'vitest'
import { send } from '../../../../../clients/smtp/index.ts'
import { type Suite, type SuiteOptions, startSuite } from '../../../../../shared/launcher/index.ts'
import { LOWEST_COST } from '../../../../helpers/password-cost.ts'
import { suiteFor } from '../../../../helpers/suite.ts'
import { type AppClient, signedInClient } from '../client.ts'

export interface MailSuite {
  readonly suite: Suite<'http' | 'smtp'>
  /** Signed in. */
  readonly alice: AppClient
  /** Delivers a message with CRLF for its line feeds, to alice by default; returns its id. */
  deliver(raw: string, ...to: string[]): Promise<string>
}

const SERVICES = ['http', 'smtp'] as const

/** Starts a suite for one test. */
export async function mailSuite(options: Omit<SuiteOptions<'http' | 'smtp'>, 'services'> = {}): Promise<MailSuite> {
  return use(await suiteFor({ services: SERVICES, ...options }))
}

/** Starts one suite for the tests of a file; returns the function that resets it for the next test. */
export function sharedMailSuite(): () => Promise<MailSuite> {
  let suite: Suite<'http' | 'smtp'> | undefined
  beforeAll(async () => {
    suite = await startSuite({ services: SERVICES, passwordCost: LOWEST_COST })
  })
  afterAll(() => suite?.close())
  return async () => {
    if (!suite) throw new Error('the suite has not started')
    await suite.reset()
    return use(suite)
  }
}

async function use(suite: Suite<'http' | 'smtp'>): Promise<MailSuite> {
  const deliver = async (raw: string, ...to: string[]) => {
    const recipients = to.length > 0 ? to : ['alice@fourwire.test']
    const server = `127.0.0.1:${suite.smtp.port}`
    const { response } = await send({ server, from: 'ann@client.example', to: recipients, raw })
    return response.text.split(' ').at(-1) ?? ''
  }
  return { suite, alice: await signedInClient(suite.http.url), deliver }
}

export interface Listed {
  readonly messages: readonly { readonly id: string; readonly subject: string; readonly seen: boolean }[]
  readonly next: string | null
}

/** A red dot. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg=='

/** A message with plain text, HTML with an image, and an attachment. */
export const FULL = `From: "Ann, the first" <ann@client.example>
To: Alice <alice@fourwire.test>, bob@fourwire.test
Cc: eve@client.example
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <full@client.example>
References: <first@client.example>
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8

Hello Alice, see https://fourwire.test/welcome.
--a
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p>Hello <b>Alice</b> <img src="cid:dot@x" alt="dot"> <img src="https://tracker.example/x.png" alt="remote"></p>
--r
Content-Type: image/png
Content-Disposition: inline; filename=dot.png
Content-ID: <dot@x>
Content-Transfer-Encoding: base64

${PNG}
--r--
--a--
--m
Content-Type: text/html
Content-Disposition: attachment; filename="dätä.html"

<script>alert(1)</script>
--m--
`
