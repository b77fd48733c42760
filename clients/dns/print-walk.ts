/** A walk on the terminal, step by step. */
import { absolute } from '../../shared/dns/name.ts'
import { printAlignedRecord, printRdata } from '../../shared/dns/print.ts'
import type { ClientContext } from '../../shared/service.ts'
import { refuseErrors } from './failure.ts'
import type { DnsInput } from './index.ts'
import { printShort, recordJson, replyJson } from './print-reply.ts'
import type { DnsReply } from './query.ts'
import { type DnsWalk, type WalkStep, walk } from './walk.ts'

/** Throws as `walk` does, and a RefusedError where the answer is an error. */
export async function printWalk(request: DnsWalk, { short }: DnsInput, context: ClientContext): Promise<void> {
  const steps: WalkStep[] = []
  for await (const step of walk(request, context)) {
    if (!context.json && !short) context.show(undefined, `${steps.length > 0 ? '\n' : ''}${printStep(step)}`)
    steps.push(step)
  }
  const reply = steps.at(-1)?.reply
  if (context.json) context.show(steps.map(stepJson), '')
  else if (short && reply) context.show(undefined, printShort(reply))
  if (reply) refuseErrors([reply])
}

/** The records of one step, as dig prints those of +trace; then who said so, and what of it is not believed. */
export function printStep(step: WalkStep): string {
  const { reply, outcome, disbelieved, depth, lookingFor } = step
  return [
    ...(depth > 0 ? [`;; looking for the address of ${absolute(lookingFor)}`] : []),
    ...(reply
      ? recordsOf(reply)
          .filter(record => !disbelieved.includes(record))
          .map(printAlignedRecord)
      : []),
    ...disbelieved.map(record => `;; not believed, outside ${absolute(step.zone ?? '.')}: ${brief(record)}`),
    reply ? received(step, reply) : `;; No answer from ${who(step)}`,
    ...(outcome.kind === 'failed' ? [`;; of no use: ${outcome.why}`] : []),
    ...(reply && reply.rcode !== 'NOERROR' ? [`;; ${reply.rcode}`] : []),
  ].join('\n')
}

function recordsOf({ answers, authorities, additionals }: DnsReply) {
  return [...answers, ...authorities, ...additionals]
}

function brief(record: Parameters<typeof printRdata>[0]): string {
  return `${absolute(record.name)} ${record.type} ${printRdata(record)}`
}

function received(step: WalkStep, { size, time }: DnsReply): string {
  return `;; Received ${size} bytes from ${who(step)} in ${Math.round(time)} ms`
}

function who({ server, name }: WalkStep): string {
  return `${server.host}#${server.port}${name === undefined ? '' : `(${name})`}`
}

function stepJson({ reply, disbelieved, ...step }: WalkStep): unknown {
  return { ...step, disbelieved: disbelieved.map(recordJson), reply: reply && replyJson(reply) }
}
