/** Starts HTTP and SMTP servers, and delivers messages by SMTP. */
import { send } from '../../../../../clients/smtp/index.ts'
import type { Suite, SuiteOptions } from '../../../../../shared/launcher/index.ts'
import { suiteFor } from '../../../../helpers/suite.ts'
import { type AppClient, signedInClient } from '../client.ts'

export interface MailSuite {
  readonly suite: Suite<'http' | 'smtp'>
  /** Signed in. */
  readonly alice: AppClient
  /** Delivers a message with CRLF for its line feeds, to alice by default; returns its id. */
  deliver(raw: string, ...to: string[]): Promise<string>
}

export async function mailSuite(options: Omit<SuiteOptions<'http' | 'smtp'>, 'services'> = {}): Promise<MailSuite> {
  const suite = await suiteFor({ services: ['http', 'smtp'], ...options })
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
