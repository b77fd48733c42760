/** The steps of the tour: each runs one client against the suite and checks the result. */
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
  /** What to look at, for a reader new to the protocol; lines that fit a terminal. */
  readonly description: readonly string[]
  /** Runs the step; resolves with its result as a sentence. Throws if the result is wrong. */
  run(suite: Suite, options: ClientOptions): Promise<string>
}

export const STEPS: readonly Step[] = [
  {
    title: 'hello: a client sends a request, a server responds',
    description: [
      'Every protocol works like this. One connection, one line in each direction,',
      'and the server keeps no state.',
    ],
    run: async (_suite, options) => {
      const { text } = await hello.sendHello({ text: 'Hello from client' }, options)
      expect(text === 'Hello from server', `the server sent ${JSON.stringify(text)}`)
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
      'FTP is stateful: the server keeps the user and the working folder between',
      'commands, and content has a connection of its own. Both servers serve the',
      'same folder.',
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
      'SMTP transfers a message in steps (sender, recipients, content), and the',
      'server replies to each. HTTP shows the mailbox.',
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
