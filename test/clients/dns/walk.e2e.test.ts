/** Walks through delegations of servers on several loopback addresses, all on one port. */

import { describe, expect, test } from 'vitest'
import { type DnsWalk, type WalkStep, walk } from '../../../clients/dns/index.ts'
import type { DnsRecord, Message } from '../../../shared/dns/message.ts'
import { errorCode, errorText } from '../../../shared/errors.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/free-port.ts'
import { record } from '../../shared/dns/messages.ts'
import { at, response, type UdpServer, udpServer } from '../../shared/dns/scripted-server.ts'

/** Returns the fields of the response; undefined for no response. */
type Responder = (query: Message) => Partial<Message> | undefined

const NAME = 'www.sub.fourwire.test'
const AA = { aa: true, tc: false, rd: false, ra: false, ad: false, cd: false }
const WWW = record(NAME, 'A', '127.0.0.1')
const ns = (zone: string, server: string) => record(zone, 'NS', server)
const a = (name: string, address: string) => record(name, 'A', address)

const referral =
  (authorities: DnsRecord[], additionals: DnsRecord[] = []): Responder =>
  () => ({ authorities, additionals })
const answers =
  (...records: DnsRecord[]): Responder =>
  () => ({ flags: AA, answers: records })

/** Starts servers on 127.0.0.1, 127.0.0.2 ... in that order, on one port. */
async function startServers(...responders: Responder[]): Promise<readonly UdpServer[]> {
  const port = await freePort()
  try {
    const started: UdpServer[] = []
    for (const [index, respond] of responders.entries()) {
      const answer = (query: Message) => {
        const changes = respond(query)
        return changes ? [response(query, changes)] : []
      }
      started.push(await udpServer(answer, { host: `127.0.0.${index + 1}`, port }))
    }
    return started
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    return startServers(...responders)
  }
}

/** Returns the steps of a walk as lines, and its error. */
async function walkSteps(started: readonly UdpServer[], request: Partial<DnsWalk> = {}, timeout = 1500) {
  const lines: string[] = []
  const server = at(started[0]?.port ?? 0)
  try {
    for await (const step of walk({ name: NAME, server, ...request }, { timeout })) lines.push(describeStep(step))
  } catch (error) {
    lines.push(`(${errorText(error)})`)
  }
  return lines.map(line => line.replaceAll(`:${started[0]?.port}`, ''))
}

function describeStep({ depth, name, server, zone, outcome, outOfZone }: WalkStep): string {
  const result =
    outcome.kind === 'referral'
      ? `referral to ${outcome.zone}`
      : outcome.kind === 'failed'
        ? outcome.reason
        : outcome.kind
  const ignored = outOfZone.length > 0 ? `, ${outOfZone.length} ignored` : ''
  return `${'  '.repeat(depth)}${server.host} (${name ?? '-'}) for ${zone ?? '-'}: ${result}${ignored}`
}

describe('a walk', () => {
  test('follows glue from zone to zone, with non-recursive queries', async () => {
    const started = await startServers(
      referral([ns('fourwire.test', 'ns.fourwire.test')], [a('ns.fourwire.test', '127.0.0.2')]),
      referral([ns('sub.fourwire.test', 'ns.sub.fourwire.test')], [a('ns.sub.fourwire.test', '127.0.0.3')]),
      answers(WWW),
    )
    expect(await walkSteps(started)).toEqual([
      '127.0.0.1 (-) for -: referral to fourwire.test',
      '127.0.0.2 (ns.fourwire.test) for fourwire.test: referral to sub.fourwire.test',
      '127.0.0.3 (ns.sub.fourwire.test) for sub.fourwire.test: answer',
    ])
    expect(started.map(({ queries }) => queries.map(({ flags }) => flags.rd))).toEqual([[false], [false], [false]])
  })

  test('ends if the name does not exist', async () => {
    const started = await startServers(() => ({ rcode: 'NXDOMAIN', flags: AA }))
    expect(await walkSteps(started)).toEqual(['127.0.0.1 (-) for -: negative'])
  })

  test('looks up the address of a server without glue', async () => {
    const started = await startServers(
      ({ questions }) =>
        questions[0]?.name === 'ns.other.test'
          ? { flags: AA, answers: [a('ns.other.test', '127.0.0.2')] }
          : { authorities: [ns('sub.fourwire.test', 'ns.other.test')] },
      answers(WWW),
    )
    expect(await walkSteps(started)).toEqual([
      '127.0.0.1 (-) for -: referral to sub.fourwire.test',
      '  127.0.0.1 (-) for -: answer',
      '127.0.0.2 (ns.other.test) for sub.fourwire.test: answer',
    ])
  })

  test('tries the next server, also of those to start from, after an unusable response', async () => {
    const started = await startServers(
      () => ({ rcode: 'REFUSED' }),
      referral(
        [ns('fourwire.test', 'a.fourwire.test'), ns('fourwire.test', 'b.fourwire.test')],
        [a('a.fourwire.test', '127.0.0.3'), a('b.fourwire.test', '127.0.0.4')],
      ),
      referral([ns('fourwire.test', 'a.fourwire.test')]),
      answers(WWW),
    )
    const port = started[0]?.port ?? 0
    expect(await walkSteps(started, { roots: [at(port), at(port, '127.0.0.2')] })).toEqual([
      '127.0.0.1 (-) for -: the server responded with REFUSED',
      '127.0.0.2 (-) for -: referral to fourwire.test',
      '127.0.0.3 (a.fourwire.test) for fourwire.test: the server refers back to fourwire.test',
      '127.0.0.4 (b.fourwire.test) for fourwire.test: answer',
    ])
  })
})

describe('a walk does not follow', () => {
  test('glue outside the zone of the server, and looks up the address instead', async () => {
    const started = await startServers(
      ({ questions }) =>
        questions[0]?.name === 'ns.victim.test'
          ? { flags: AA, answers: [a('ns.victim.test', '127.0.0.3')] }
          : {
              authorities: [ns('fourwire.test', 'ns.fourwire.test')],
              additionals: [a('ns.fourwire.test', '127.0.0.2')],
            },
      referral([ns('sub.fourwire.test', 'ns.victim.test')], [a('ns.victim.test', '127.0.0.4')]),
      answers(WWW),
      answers(a(NAME, '6.6.6.6')),
    )
    expect(await walkSteps(started)).toEqual([
      '127.0.0.1 (-) for -: referral to fourwire.test',
      '127.0.0.2 (ns.fourwire.test) for fourwire.test: referral to sub.fourwire.test, 1 ignored',
      '  127.0.0.1 (-) for -: answer',
      '127.0.0.3 (ns.victim.test) for sub.fourwire.test: answer',
    ])
    expect(started[3]?.queries).toEqual([])
  })

  test('referrals in a loop', async () => {
    const started = await startServers(referral([ns('sub.fourwire.test', 'ns.other.test')]))
    expect(await walkSteps(started, {}, 600)).toEqual([
      '127.0.0.1 (-) for -: referral to sub.fourwire.test',
      '  127.0.0.1 (-) for -: the server is not authoritative for that name',
      '(the walk failed: no server of sub.fourwire.test gave a usable response)',
    ])
    const loop = await startServers(({ questions: [question] }) => ({
      authorities: [question?.name === 'ns.b.test' ? ns('b.test', 'ns.a.test') : ns(question?.name ?? '', 'ns.b.test')],
    }))
    const lines = await walkSteps(loop)
    expect(lines.at(-1)).toBe('(the walk failed: no server of www.sub.fourwire.test gave a usable response)')
    expect(lines.length).toBeLessThan(10)
  })

  test('referrals without end', async () => {
    const many = Array.from({ length: 20 }, (_, count) => `ns${count}`)
    const started = await startServers(({ questions: [question] }) => ({
      authorities: many.map(one => ns(question?.name ?? '', `${one}.${question?.name}`)),
    }))
    const lines = await walkSteps(started)
    expect(lines.length).toBe(65)
    expect(lines.at(-1)).toBe('(the walk failed: it needs more than 64 queries)')
  })
})

test('a walk throws an UnreachableError if no server responds', async () => {
  const port = await freePort()
  await expect(walk({ name: NAME, server: at(port) }).next()).resolves.toMatchObject({
    value: { outcome: { kind: 'failed', reason: expect.stringContaining('connection refused') } },
  })
  const { stderr, code } = await runInProcess(['dns', NAME, '--walk', '--server', at(port)], {
    cwd: await emptyFolder(),
  })
  expect(stderr).toContain(`could not reach 127.0.0.1:${port}: connection refused`)
  expect(code).toBe(3)
})

describe('the command', () => {
  const start = () =>
    startServers(referral([ns('fourwire.test', 'ns.fourwire.test')], [a('ns.fourwire.test', '127.0.0.2')]), () => ({
      flags: AA,
      answers: [WWW],
      additionals: [a('victim.test', '6.6.6.6')],
    }))
  const run = async (port: number, ...args: string[]) =>
    runInProcess(['dns', NAME, '--walk', ...args, '--server', at(port)], { cwd: await emptyFolder() })

  test('prints each step, with the server and the ignored records', async () => {
    const [{ port } = { port: 0 }] = await start()
    const { stdout, code } = await run(port)
    expect(stdout.replace(/in \d+ ms/g, 'in 1 ms')).toBe(`fourwire.test.\t\t60\tIN\tNS\tns.fourwire.test.
ns.fourwire.test.\t60\tIN\tA\t127.0.0.2
;; Received 72 bytes from 127.0.0.1#${port} in 1 ms

${NAME}.\t60\tIN\tA\t127.0.0.1
;; Ignored, outside fourwire.test.: victim.test. A 6.6.6.6
;; Received 78 bytes from 127.0.0.2#${port}(ns.fourwire.test) in 1 ms
`)
    expect(code).toBe(0)
  })

  test('prints the answer with --short, the steps with --json', async () => {
    const [{ port } = { port: 0 }] = await start()
    expect((await run(port, '--short')).stdout).toBe('127.0.0.1\n')
    expect(JSON.parse((await run(port, '--json')).stdout)).toMatchObject([
      { outcome: { kind: 'referral', zone: 'fourwire.test' }, reply: { rcode: 'NOERROR' } },
      { outcome: { kind: 'answer' }, outOfZone: [{ name: 'victim.test', data: '6.6.6.6' }] },
    ])
  })
})
