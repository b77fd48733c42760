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
  /** Explains the protocol to a newcomer; each line fits a terminal. */
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
      check(text === 'Hello from server', `the server sent ${JSON.stringify(text)}`)
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
      check(addresses.includes(web.host), `the answer was ${rcode} and ${addresses.join(', ') || 'no address'}`)
      return `www.${ZONE} is ${addresses.join(', ')}.`
    },
  },
  {
    title: 'http: first the name, then the page',
    description: [
      'Two conversations: DNS gives the address and the port (SRV record), HTTP',
      'gets the page. Each request is independent: HTTP is stateless.',
    ],
    run: async (_suite, options) => {
      const { status, text } = await get('/', options)
      check(
        status === 200 && text.includes('A small internet'),
        `the answer was ${status} and ${text.length} characters`,
      )
      return `the page has ${text.length} characters.`
    },
  },
  {
    title: 'ftp and http: a file is uploaded by one, downloaded by the other',
    description: [
      'FTP is stateful: the server keeps the user and the working folder between',
      'commands, and each file has a connection of its own. Both servers serve',
      'the same folder.',
    ],
    run: async (_suite, options) => {
      const content = `Uploaded over FTP at ${new Date().toISOString()}\n`
      await ftp.put({ url: `ftp://alice:wonderland@ftp.${ZONE}/tour.txt`, from: Buffer.from(content) }, options)
      const { text } = await get('/tour.txt', options)
      check(text === content, `HTTP returned ${JSON.stringify(text)}`)
      return `HTTP returned the ${content.length} bytes that were uploaded over FTP.`
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
      check(status === 200 && text.includes(subject), `HTTP returned ${status}: ${text}`)
      return `the mailbox that HTTP shows has ${JSON.stringify(subject)}.`
    },
  },
]

async function get(path: string, options: ClientOptions): Promise<{ status: number; text: string }> {
  const reply = await http.request({ url: `http://www.${ZONE}${path}` }, options)
  return { status: reply.status, text: await reply.text() }
}

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}
