/** Walks through delegations, over servers of the test's own on several addresses of the loopback, all on one port. */

import { describe, expect, test } from 'vitest'
import { type DnsWalk, type WalkStep, walk } from '../../../clients/dns/index.ts'
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { errorCode, errorText } from '../../../shared/errors.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/free-port.ts'
import { record } from '../../shared/dns/messages.ts'
import { at, response, type UdpServer, udpServer } from './scripted.ts'

type Says = (asked: Message) => Partial<Message> | undefined

const NAME = 'www.sub.fourwire.test'
const AA = { aa: true, tc: false, rd: false, ra: false, ad: false, cd: false }
const WWW = record(NAME, 'A', '127.0.0.1')
const ns = (zone: string, server: string) => record(zone, 'NS', server)
const a = (name: string, address: string) => record(name, 'A', address)

const refers =
  (authorities: DnsRecord[], additionals: DnsRecord[] = []): Says =>
  () => ({ authorities, additionals })
const answers =
  (...records: DnsRecord[]): Says =>
  () => ({ flags: AA, answers: records })

/** Servers on 127.0.0.1, 127.0.0.2 ..., in that order, on one port. Each may say nothing. */
async function servers(...says: Says[]): Promise<readonly UdpServer[]> {
  const port = await freePort()
  try {
    const started: UdpServer[] = []
    for (const [index, say] of says.entries()) {
      const answer = (asked: Message) => {
        const change = say(asked)
        return change ? [response(asked, change)] : []
      }
      started.push(await udpServer(answer, { host: `127.0.0.${index + 1}`, port }))
    }
    return started
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    return servers(...says)
  }
}

/** The steps as lines, and how it ended. */
async function walked(started: readonly UdpServer[], request: Partial<DnsWalk> = {}, timeout = 1500) {
  const lines: string[] = []
  const server = at(started[0]?.port ?? 0)
  try {
    for await (const step of walk({ name: NAME, server, ...request }, { timeout })) lines.push(describeStep(step))
  } catch (error) {
    lines.push(`(${errorText(error)})`)
  }
  return lines.map(line => line.replaceAll(`:${started[0]?.port}`, ''))
}

function describeStep({ depth, name, server, zone, outcome, disbelieved }: WalkStep): string {
  const what =
    outcome.kind === 'referral' ? `referral to ${outcome.zone}` : outcome.kind === 'failed' ? outcome.why : outcome.kind
  const doubt = disbelieved.length > 0 ? `, ${disbelieved.length} not believed` : ''
  return `${'  '.repeat(depth)}${server.host} (${name ?? '-'}) for ${zone ?? '-'}: ${what}${doubt}`
}

describe('a walk', () => {
  test('goes by glue from zone to zone, asking for no recursion', async () => {
    const started = await servers(
      refers([ns('fourwire.test', 'ns.fourwire.test')], [a('ns.fourwire.test', '127.0.0.2')]),
      refers([ns('sub.fourwire.test', 'ns.sub.fourwire.test')], [a('ns.sub.fourwire.test', '127.0.0.3')]),
      answers(WWW),
    )
    expect(await walked(started)).toEqual([
      '127.0.0.1 (-) for -: referral to fourwire.test',
      '127.0.0.2 (ns.fourwire.test) for fourwire.test: referral to sub.fourwire.test',
      '127.0.0.3 (ns.sub.fourwire.test) for sub.fourwire.test: answer',
    ])
    expect(started.map(({ asked }) => asked.map(({ flags }) => flags.rd))).toEqual([[false], [false], [false]])
  })

  test('ends where there is no such name', async () => {
    const started = await servers(() => ({ rcode: 'NXDOMAIN', flags: AA }))
    expect(await walked(started)).toEqual(['127.0.0.1 (-) for -: nothing'])
  })

  test('looks for the address of a server that nobody told', async () => {
    const started = await servers(
      ({ questions }) =>
        questions[0]?.name === 'ns.other.test'
          ? { flags: AA, answers: [a('ns.other.test', '127.0.0.2')] }
          : { authorities: [ns('sub.fourwire.test', 'ns.other.test')] },
      answers(WWW),
    )
    expect(await walked(started)).toEqual([
      '127.0.0.1 (-) for -: referral to sub.fourwire.test',
      '  127.0.0.1 (-) for -: answer',
      '127.0.0.2 (ns.other.test) for sub.fourwire.test: answer',
    ])
  })

  test('passes over servers that are of no use, and begins at the next of those it was given', async () => {
    const started = await servers(
      () => ({ rcode: 'REFUSED' }),
      refers(
        [ns('fourwire.test', 'a.fourwire.test'), ns('fourwire.test', 'b.fourwire.test')],
        [a('a.fourwire.test', '127.0.0.3'), a('b.fourwire.test', '127.0.0.4')],
      ),
      refers([ns('fourwire.test', 'a.fourwire.test')]),
      answers(WWW),
    )
    const port = started[0]?.port ?? 0
    expect(await walked(started, { roots: [at(port), at(port, '127.0.0.2')] })).toEqual([
      '127.0.0.1 (-) for -: it answers REFUSED',
      '127.0.0.2 (-) for -: referral to fourwire.test',
      '127.0.0.3 (a.fourwire.test) for fourwire.test: it refers back to fourwire.test',
      '127.0.0.4 (b.fourwire.test) for fourwire.test: answer',
    ])
  })
})

describe('a walk does not believe', () => {
  test('glue outside the zone of the server that gives it: the address is looked for', async () => {
    const started = await servers(
      ({ questions }) =>
        questions[0]?.name === 'ns.victim.test'
          ? { flags: AA, answers: [a('ns.victim.test', '127.0.0.3')] }
          : {
              authorities: [ns('fourwire.test', 'ns.fourwire.test')],
              additionals: [a('ns.fourwire.test', '127.0.0.2')],
            },
      refers([ns('sub.fourwire.test', 'ns.victim.test')], [a('ns.victim.test', '127.0.0.4')]),
      answers(WWW),
      answers(a(NAME, '6.6.6.6')),
    )
    expect(await walked(started)).toEqual([
      '127.0.0.1 (-) for -: referral to fourwire.test',
      '127.0.0.2 (ns.fourwire.test) for fourwire.test: referral to sub.fourwire.test, 1 not believed',
      '  127.0.0.1 (-) for -: answer',
      '127.0.0.3 (ns.victim.test) for sub.fourwire.test: answer',
    ])
    expect(started[3]?.asked).toEqual([])
  })

  test('delegations that lead in a circle', async () => {
    const started = await servers(refers([ns('sub.fourwire.test', 'ns.other.test')]))
    expect(await walked(started, {}, 600)).toEqual([
      '127.0.0.1 (-) for -: referral to sub.fourwire.test',
      '  127.0.0.1 (-) for -: it is not responsible for that zone',
      '(no server of sub.fourwire.test is of use)',
    ])
    const circle = await servers(({ questions: [question] }) => ({
      authorities: [question?.name === 'ns.b.test' ? ns('b.test', 'ns.a.test') : ns(question?.name ?? '', 'ns.b.test')],
    }))
    const lines = await walked(circle)
    expect(lines.at(-1)).toBe('(no server of www.sub.fourwire.test is of use)')
    expect(lines.length).toBeLessThan(10)
  })

  test('delegations without end', async () => {
    const many = Array.from({ length: 20 }, (_, count) => `ns${count}`)
    const started = await servers(({ questions: [question] }) => ({
      authorities: many.map(one => ns(question?.name ?? '', `${one}.${question?.name}`)),
    }))
    const lines = await walked(started)
    expect(lines.length).toBe(65)
    expect(lines.at(-1)).toBe('(the walk takes over 64 questions)')
  })
})

test('a walk says that nobody is there', async () => {
  const port = await freePort()
  await expect(walk({ name: NAME, server: at(port) }).next()).resolves.toMatchObject({
    value: { outcome: { kind: 'failed', why: expect.stringContaining('connection refused') } },
  })
  const { stderr, code } = await runInProcess(['dns', NAME, '--walk', '--server', at(port)], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain(`could not reach 127.0.0.1:${port}: connection refused`)
  expect(code).toBe(3)
})

describe('the command', () => {
  const start = () =>
    servers(refers([ns('fourwire.test', 'ns.fourwire.test')], [a('ns.fourwire.test', '127.0.0.2')]), () => ({
      flags: AA,
      answers: [WWW],
      additionals: [a('victim.test', '6.6.6.6')],
    }))
  const run = async (port: number, ...args: string[]) =>
    runInProcess(['dns', NAME, '--walk', ...args, '--server', at(port)], { cwd: await emptyFolder() })

  test('prints each step, with who said it and what is not believed', async () => {
    const [{ port } = { port: 0 }] = await start()
    const { stdout, code } = await run(port)
    expect(stdout.replace(/in \d+ ms/g, 'in 1 ms')).toBe(`fourwire.test.\t\t60\tIN\tNS\tns.fourwire.test.
ns.fourwire.test.\t60\tIN\tA\t127.0.0.2
;; Received 72 bytes from 127.0.0.1#${port} in 1 ms

${NAME}.\t60\tIN\tA\t127.0.0.1
;; not believed, outside fourwire.test.: victim.test. A 6.6.6.6
;; Received 78 bytes from 127.0.0.2#${port}(ns.fourwire.test) in 1 ms
`)
    expect(code).toBe(0)
  })

  test('with --short prints the answer, with --json the steps', async () => {
    const [{ port } = { port: 0 }] = await start()
    expect((await run(port, '--short')).stdout).toBe('127.0.0.1\n')
    expect(JSON.parse((await run(port, '--json')).stdout)).toMatchObject([
      { outcome: { kind: 'referral', zone: 'fourwire.test' }, reply: { rcode: 'NOERROR' } },
      { outcome: { kind: 'answer' }, disbelieved: [{ name: 'victim.test', data: '6.6.6.6' }] },
    ])
  })
})
