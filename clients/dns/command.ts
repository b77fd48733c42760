/** What `fourwire dns` does: one question after the other, a walk, or a transfer; printed as it comes. */
import { randomBytes } from 'node:crypto'
import { CookieJar } from '../../shared/dns/resolver/cookies.ts'
import { readCaFile } from '../../shared/net/tls/ca-file.ts'
import type { ClientContext } from '../../shared/service.ts'
import { applyDigOptions } from './dig-options.ts'
import { refuseErrors } from './failure.ts'
import type { DnsInput } from './index.ts'
import { printReply, printShort, printTotal, replyJson } from './print-reply.ts'
import { type DnsQuery, type DnsReply, type DnsServer, query } from './query.ts'
import { ednsOf, modeOf, questionsOf, sortWords, type TypedQuestion, transportOf } from './read-command.ts'

/** How all the questions of one command are asked. */
export type Asking = Omit<DnsQuery, 'name' | 'type' | 'class'>

/**
 * @throws RefusedError for an rcode that tells of an error, after everything was asked and printed
 * @throws UsageError for words, flags and files that make no sense
 */
export async function runDns(given: DnsInput, context: ClientContext): Promise<void> {
  const input = applyDigOptions(given)
  const words = sortWords(input.words)
  const questions = questionsOf(input, words)
  const mode = modeOf(input, questions)
  const server = await readServer({ ...input, server: words.server ?? input.server })
  if (mode === 'transfer') {
    const { printTransfer } = await import('./print-transfer.ts')
    return printTransfer({ ...server, zone: questions[0].name, serial: input.ixfr }, input, context)
  }
  const asking: Asking = {
    ...server,
    edns: ednsOf(input),
    recurse: input.recurse,
    checkingDisabled: input.cd,
    randomizeCase: input.mixCase,
    ...(input.cookie ? { cookies: new CookieJar(randomBytes) } : {}),
  }
  if (mode === 'walk') {
    const { printWalk } = await import('./print-walk.ts')
    return printWalk({ ...asking, ...questions[0], roots: input.root }, input, context)
  }
  return askAll(questions, asking, input, context)
}

async function readServer(input: DnsInput): Promise<DnsServer> {
  const { server, key, cacert, tlsName: serverName, insecure, get } = input
  const verification = { ca: await readCaFile(cacert), serverName, insecure }
  return { server, key, transport: transportOf(input), verification, method: get ? 'GET' : 'POST' }
}

async function askAll(
  questions: readonly TypedQuestion[],
  asking: Asking,
  { short }: DnsInput,
  context: ClientContext,
): Promise<void> {
  const replies: DnsReply[] = []
  for (const question of questions) {
    const reply = await query({ ...asking, ...question }, context)
    replies.push(reply)
    if (!context.json) context.show(undefined, short ? printShort(reply) : spaced(printReply(reply), replies.length))
  }
  const [first, ...more] = replies.map(replyJson)
  if (context.json) context.show(more.length > 0 ? [first, ...more] : first, '')
  else if (more.length > 0 && !short) context.show(undefined, `\n${printTotal(replies)}`)
  refuseErrors(replies)
}

function spaced(text: string, count: number): string {
  return count > 1 ? `\n${text}` : text
}
