/** Runs `fourwire dns`: queries one by one, a walk, or a transfer. Prints each result when it arrives. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Question } from '../../../shared/dns/message.ts'
import type { DnsServer } from '../../../shared/dns/resolver/locate-server.ts'
import type { DnsReply, QuerySettings } from '../../../shared/dns/resolver/query-server.ts'
import { CookieJar } from '../../../shared/dns/resolver/send/cookies.ts'
import { readCaFile } from '../../../shared/net/tls/ca-file.ts'
import type { ClientContext } from '../../../shared/service.ts'
import { throwIfError } from '../errors.ts'
import { query } from '../query.ts'
import { type DnsTransfer, transfer } from '../transfer.ts'
import { type DnsWalk, type WalkStep, walk } from '../walk.ts'
import type { DnsInput } from './options.ts'
import { applyDigOptions, classifyWords, ednsOf, modeOf, questionsOf, transportOf } from './parse.ts'
import {
  printReply,
  printShort,
  printTotals,
  printTransferRecords,
  printTransferTotals,
  printWalkStep,
  replyJson,
  walkStepJson,
} from './print.ts'

/**
 * @throws UsageError if words, flags or files are invalid
 * @throws RefusedError if a response has an error rcode, after all queries were sent and all responses printed
 */
export async function runDns(typed: DnsInput, context: ClientContext): Promise<void> {
  const input = applyDigOptions(typed)
  const words = classifyWords(input.words)
  const questions = questionsOf(input, words)
  const mode = modeOf(input, questions)
  const server = await serverOf({ ...input, server: words.server ?? input.server })
  if (mode === 'transfer') {
    return runTransfer({ ...server, zone: questions[0].name, serial: input.ixfr }, input, context)
  }
  const settings: QuerySettings = {
    ...server,
    edns: ednsOf(input),
    recurse: input.recurse,
    checkingDisabled: input.cd,
    randomizeCase: input.mixCase,
    ...(input.cookie ? { cookies: new CookieJar(randomBytes) } : {}),
  }
  if (mode === 'walk') return runWalk({ ...settings, ...questions[0], roots: input.root }, input, context)
  return runQueries(questions, settings, input, context)
}

async function serverOf(input: DnsInput): Promise<DnsServer> {
  const { server, key, cacert, tlsName: serverName, insecure, get } = input
  const verification = { ca: await readCaFile(cacert), serverName, insecure }
  return { server, key, transport: transportOf(input), verification, method: get ? 'GET' : 'POST' }
}

async function runQueries(
  questions: readonly Question[],
  settings: QuerySettings,
  { short }: DnsInput,
  context: ClientContext,
): Promise<void> {
  const replies: DnsReply[] = []
  for (const question of questions) {
    const reply = await query({ ...settings, ...question }, context)
    const separator = replies.length > 0 ? '\n' : ''
    replies.push(reply)
    if (!context.json) context.show(undefined, short ? printShort(reply) : `${separator}${printReply(reply)}`)
  }
  const [first, ...more] = replies.map(replyJson)
  if (context.json) context.show(more.length > 0 ? [first, ...more] : first, '')
  else if (more.length > 0 && !short) context.show(undefined, `\n${printTotals(replies)}`)
  throwIfError(replies)
}

/** Throws as `walk` does, and a RefusedError if the last response has an error rcode. */
async function runWalk(request: DnsWalk, { short }: DnsInput, context: ClientContext): Promise<void> {
  const steps: WalkStep[] = []
  for await (const step of walk(request, context)) {
    const separator = steps.length > 0 ? '\n' : ''
    steps.push(step)
    if (!context.json && !short) context.show(undefined, `${separator}${printWalkStep(step)}`)
  }
  const reply = steps.at(-1)?.reply
  if (context.json) context.show(steps.map(walkStepJson), '')
  else if (short && reply) context.show(undefined, printShort(reply))
  if (reply) throwIfError([reply])
}

/** Throws as `transfer` does; the records received until then are printed. With `--json`, prints one array. */
async function runTransfer(request: DnsTransfer, { short }: DnsInput, context: ClientContext): Promise<void> {
  const format = context.json ? 'json' : short ? 'short' : 'full'
  const totals = { records: 0, messages: 0, bytes: 0 }
  const start = performance.now()
  let server = ''
  for await (const part of transfer(request, context)) {
    await write(printTransferRecords(part.records, format, totals.records === 0), context)
    totals.records += part.records.length
    totals.messages++
    totals.bytes += part.size
    server = `${part.server.host}#${part.server.port}`
  }
  if (format === 'json') return write('\n]\n', context)
  if (format === 'full') await write(printTransferTotals(totals, server, performance.now() - start), context)
}

/** Waits until standard output can take more, so that the memory in use does not depend on the size of the zone. */
async function write(text: string, { stdout, signal }: ClientContext): Promise<void> {
  if (!stdout.write(text)) await once(stdout, 'drain', { signal })
}
