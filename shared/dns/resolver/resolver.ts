/**
 * A stub resolver (RFC 1034, section 5.3.1): resolves names to records and addresses with the given name servers. It has no
 * cache, because the servers have one; it remembers only which servers failed.
 */

import { RefusedError } from '../../errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { TypeName } from '../codes.ts'
import type { DnsRecord, KnownType, MxData, SrvData } from '../message.ts'
import { additionalAddresses, findAnswer, orderMx, orderSrv } from './answer.ts'
import { parseQueryName, parseType, reverseName } from './parse-arguments.ts'
import type { DnsReply } from './query-server.ts'
import { ResolveError } from './resolve-error.ts'
import { type ResolverOptions, ServerPool } from './server-pool.ts'

export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined
}

/** The records of one name and type. */
export interface ResolveResult<Type extends TypeName = TypeName> {
  readonly records: readonly Extract<DnsRecord, { type: Type }>[]
  /** The name at the end of the aliases (CNAME); without aliases, the queried name. */
  readonly name: string
  /** The names that are aliases, the queried name first. */
  readonly aliases: readonly string[]
  /** The last response, with its server and time. */
  readonly reply: DnsReply
}

/** A mail server, with its addresses. */
export type MailServer = MxData & { readonly addresses: readonly string[] }
/** A target of an SRV record, with its addresses. */
export type ServiceTarget = SrvData & { readonly addresses: readonly string[] }

/** Aliases that the resolver follows over several queries; a longer chain is a mistake or an attack. */
const MAX_ALIASES = 8
/** Mail servers or service targets that get addresses; the caller tries only the first few. */
const MAX_TARGETS = 16

/**
 * Resolves names. Every method throws
 * - `ResolveError` if there is no answer (`code` is NXDOMAIN, NODATA, or an rcode if all servers failed),
 * - `UnreachableError` if no server responds in time,
 * - `UsageError` if the name is invalid,
 * - the reason of the signal if it is aborted.
 */
export class Resolver {
  readonly #servers: ServerPool
  readonly #timeout: number

  constructor(options: ResolverOptions = {}) {
    this.#servers = new ServerPool(options)
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
  }

  /** Returns the records of one type at the end of the aliases; at least one. */
  async resolve<Type extends KnownType>(
    name: string,
    type: Type,
    options?: ResolveOptions,
  ): Promise<ResolveResult<Type>>
  async resolve(name: string, type?: string, options?: ResolveOptions): Promise<ResolveResult>
  async resolve(name: string, type = 'A', { signal }: ResolveOptions = {}): Promise<ResolveResult> {
    const question = { name: parseQueryName(name), type: parseType(type) }
    const deadline = performance.now() + this.#timeout
    const aliases: string[] = []
    for (;;) {
      const reply = await this.#servers.query(question, deadline, signal)
      const answer = findAnswer(reply, question.name, question.type)
      aliases.push(...answer.aliases)
      if (answer.records.length > 0) return { ...answer, aliases, reply }
      const last = { name: answer.name, type: question.type }
      if (reply.rcode !== 'NOERROR') throw new ResolveError(reply.rcode, last, reply)
      // The server followed no alias, so the queried name itself has no such records.
      if (answer.name === question.name) throw new ResolveError('NODATA', last, reply)
      if (aliases.length > MAX_ALIASES) {
        throw new RefusedError('aliases', `cannot resolve ${name}: more than ${MAX_ALIASES} aliases in a chain`)
      }
      question.name = answer.name
    }
  }

  /** Returns the addresses of a name, IPv4 first. */
  async addresses(name: string, options?: ResolveOptions): Promise<string[]> {
    const [ipv4, ipv6] = await Promise.allSettled([
      this.resolve(name, 'A', options),
      this.resolve(name, 'AAAA', options),
    ])
    const addresses = [
      ...(ipv4.status === 'fulfilled' ? ipv4.value.records.map(({ data }) => data) : []),
      ...(ipv6.status === 'fulfilled' ? ipv6.value.records.map(({ data }) => data) : []),
    ]
    if (addresses.length === 0 && ipv4.status === 'rejected') throw moreSpecificError(ipv4.reason, ipv6)
    return addresses
  }

  /** Returns the mail servers in the order to try them; none if the domain accepts no mail (RFC 7505). */
  async mx(name: string, options?: ResolveOptions): Promise<MailServer[]> {
    const { records, reply, name: owner } = await this.resolve(name, 'MX', options)
    const ordered = orderMx(
      records.map(({ data }) => data).filter(({ exchange }) => exchange !== '.'),
      Math.random,
    )
    return this.#withAddresses(ordered, ({ exchange }) => exchange, { reply, owner }, options)
  }

  /**
   * Returns the targets of a service (`_http._tcp.fourwire.test`) in the order to try them (RFC 2782); none if the domain
   * declares that it does not offer the service.
   */
  async srv(name: string, options?: ResolveOptions): Promise<ServiceTarget[]> {
    const { records, reply, name: owner } = await this.resolve(name, 'SRV', options)
    const ordered = orderSrv(
      records.map(({ data }) => data).filter(({ target }) => target !== '.'),
      Math.random,
    )
    return this.#withAddresses(ordered, ({ target }) => target, { reply, owner }, options)
  }

  /** Returns one text per record, its strings joined. Bytes that are not UTF-8 become U+FFFD. */
  async txt(name: string, options?: ResolveOptions): Promise<string[]> {
    const { records } = await this.resolve(name, 'TXT', options)
    return records.map(({ data }) => Buffer.concat(data).toString('utf8'))
  }

  /** Returns the names of an IPv4 or IPv6 address. */
  async reverse(address: string, options?: ResolveOptions): Promise<string[]> {
    const { records } = await this.resolve(reverseName(address), 'PTR', options)
    return records.map(({ data }) => data)
  }

  async #withAddresses<Data>(
    targets: readonly Data[],
    nameOf: (data: Data) => string,
    { reply, owner }: { reply: DnsReply; owner: string },
    options: ResolveOptions | undefined,
  ): Promise<(Data & { addresses: readonly string[] })[]> {
    return Promise.all(
      targets.slice(0, MAX_TARGETS).map(async data => {
        const additional = additionalAddresses(reply, owner, nameOf(data))
        const addresses = additional.length > 0 ? additional : await this.#addressesOrNone(nameOf(data), options)
        return { ...data, addresses }
      }),
    )
  }

  /** The caller can use the other targets if one has no address. */
  async #addressesOrNone(name: string, options: ResolveOptions | undefined): Promise<string[]> {
    try {
      return await this.addresses(name, options)
    } catch (error) {
      if (error instanceof ResolveError) return []
      throw error
    }
  }
}

/** NODATA for A is less specific than an error for AAAA. */
function moreSpecificError(ipv4Error: unknown, ipv6: PromiseSettledResult<unknown>): unknown {
  const isNoData = ipv4Error instanceof ResolveError && ipv4Error.code === 'NODATA'
  return isNoData && ipv6.status === 'rejected' ? ipv6.reason : ipv4Error
}
