/** Replies that tell of an error, in words. Pure. */
import type { Rcode } from '../../shared/dns/codes.ts'
import { extendedErrors, printExtendedError } from '../../shared/dns/edns-options.ts'
import type { Message } from '../../shared/dns/message.ts'
import { RefusedError } from '../../shared/errors.ts'

const EXPLANATIONS: Partial<Record<Rcode, string>> = {
  FORMERR: 'the server could not read the question',
  SERVFAIL: 'the server failed',
  NXDOMAIN: 'there is no such name',
  NOTIMP: 'the server does not do that',
  REFUSED: 'the server does not answer for that name',
  YXDOMAIN: 'the name is too long once it is redirected',
  NOTAUTH: 'the server does not accept the signature, or is not responsible for that zone',
  BADCOOKIE: 'the server wants a cookie of its own: ask with --cookie',
  BADVERS: 'the server does not speak that version of EDNS',
}

/** What an rcode means, in words. */
export function explainRcode(rcode: Rcode): string {
  return EXPLANATIONS[rcode] ?? 'the server refused'
}

/** What an rcode and the extended errors beside it (RFC 8914) mean, in words. */
export function explain(reply: Pick<Message, 'rcode' | 'edns'>): string {
  const more = extendedErrors(reply).map(error => `; the server says: ${printExtendedError(error)}`)
  return `${explainRcode(reply.rcode)}${more.join('')}`
}

/** @throws RefusedError for the first of the replies that tells of an error */
export function refuseErrors(replies: readonly Message[]): void {
  for (const reply of replies) {
    if (reply.rcode === 'NOERROR') continue
    const text = explain(reply)
    const [question] = reply.questions
    throw new RefusedError(reply.rcode, text, {
      message: `${reply.rcode}${question ? ` for ${question.name}` : ''}: ${text}`,
    })
  }
}
