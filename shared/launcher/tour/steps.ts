/** The steps of the tour: each drives one client against the suite and checks that what should have happened did. */
import * as dns from '../../../clients/dns/index.ts'
import * as ftp from '../../../clients/ftp/index.ts'
import * as hello from '../../../clients/hello/index.ts'
import * as http from '../../../clients/http/index.ts'
import * as smtp from '../../../clients/smtp/index.ts'
import { ZONE } from '../../dns/suite-zone.ts'
import type { ClientOptions } from '../../service.ts'
import type { Suite } from '../suite/suite.ts'

export interface Step {
  readonly title: string
  /** What to look at, for somebody who sees it for the first time; lines that fit a terminal. */
  readonly description: readonly string[]
  /** Does it; resolves with what was achieved, as a sentence. Throws where it did not truly work. */
  run(suite: Suite, options: ClientOptions): Promise<string>
}

export const STEPS: readonly Step[] = [
  {
    title: 'hello: a client asks, a server answers',
    description: ['Every protocol is this play. One connection, one sentence each way, and', 'nothing is remembered.'],
    run: async (_suite, options) => {
      const { text } = await hello.sayHello({ text: 'Hello from client' }, options)
      expect(text === 'Hello from server', `the server said ${JSON.stringify(text)}`)
      return `the client has ${JSON.stringify(text)}.`
    },
  },
  {
    title: 'dns: a name becomes an address',
    description: [
      'One datagram each way, no connection. The server is authoritative: it knows',
      'the names of its own zone.',
    ],
    run: async ({ http: web }, options) => {
      const { rcode, answers } = await dns.query({ name: `www.${ZONE}`, type: 'A' }, options)
      const addresses = answers.flatMap(record => (record.type === 'A' ? [record.data] : []))
      expect(addresses.includes(web.host), `the answer was ${rcode} and ${addresses.join(', ') || 'no address'}`)
      return `www.${ZONE} is ${addresses.join(', ')}.`
    },
  },
  {
    title: 'http: first the name, then the page',
    description: [
      'Two conversations: DNS says where (an SRV record has the port), HTTP',
      'fetches. Each request stands alone: stateless.',
    ],
    run: async (_suite, options) => {
      const { status, text } = await get('/', options)
      expect(
        status === 200 && text.includes('A small internet'),
        `the answer was ${status} and ${text.length} characters`,
      )
      return `the page has ${text.length} characters.`
    },
  },
  {
    title: 'ftp and http: put by one, fetched by the other',
    description: [
      'FTP is stateful: who you are and where you stand is remembered between',
      'commands, and content has a connection of its own. The third tier is the',
      'folder that both servers share.',
    ],
    run: async (_suite, options) => {
      const content = `Put there by FTP at ${new Date().toISOString()}\n`
      await ftp.put({ url: `ftp://demo:demo@ftp.${ZONE}/tour.txt`, from: Buffer.from(content) }, options)
      const { text } = await get('/tour.txt', options)
      expect(text === content, `HTTP gave ${JSON.stringify(text)}`)
      return `HTTP gave back the ${content.length} bytes that FTP had put.`
    },
  },
  {
    title: 'smtp and http: mail sent, then read',
    description: [
      'SMTP hands a message over in steps (who from, who to, the text), and each',
      'step is answered. HTTP shows the mailbox.',
    ],
    run: async (_suite, options) => {
      const subject = 'A letter from the tour'
      const message = { from: `ann@${ZONE}`, to: `bob@${ZONE}`, subject, text: 'Hello Bob.\n' }
      await smtp.send({ ...message, server: `mail.${ZONE}` }, options)
      const { status, text } = await get('/mail', options)
      expect(status === 200 && text.includes(subject), `HTTP gave ${status}: ${text}`)
      return `the mailbox that HTTP shows has ${JSON.stringify(subject)}.`
    },
  },
]

async function get(path: string, options: ClientOptions): Promise<{ status: number; text: string }> {
  const reply = await http.request({ url: `http://www.${ZONE}${path}` }, options)
  return { status: reply.status, text: await reply.text() }
}

function expect(truth: boolean, otherwise: string): asserts truth {
  if (!truth) throw new Error(otherwise)
}
