/** Sends one query, given as text, to a name server. */
import type { Question } from '../../shared/dns/message.ts'
import { parseClass, parseQueryName, parseType } from '../../shared/dns/resolver/parse-arguments.ts'
import { type DnsReply, type QuerySettings, queryServer } from '../../shared/dns/resolver/query-server.ts'
import type { ClientOptions } from '../../shared/service.ts'

/** A query, and the server to send it to. */
export interface DnsQuery extends QuerySettings {
  /** With or without the trailing dot. */
  readonly name: string
  /** In any case; `TYPE65` for types without a name. Default: `A`. */
  readonly type?: string | undefined
  /** Default: `IN`. `CH` queries information about the server. */
  readonly class?: string | undefined
}

export async function query(request: DnsQuery, options: ClientOptions): Promise<DnsReply> {
  return queryServer(parseQuestion(request), request, options)
}

/** @throws UsageError if the name, type or class is invalid */
export function parseQuestion({
  name,
  type = 'A',
  class: recordClass,
}: Pick<DnsQuery, 'name' | 'type' | 'class'>): Question {
  return { name: parseQueryName(name), type: parseType(type), class: parseClass(recordClass) }
}
