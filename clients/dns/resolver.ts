/**
 * A stub resolver (RFC 1034, section 5.3.1): names to records and addresses, by the servers that it is given. It keeps
 * nothing but how the servers did; a cache is theirs to have.
 */

import type { TypeName } from '../../shared/dns/codes.ts'
import type { DnsRecord, KnownType, MxData, SrvData } from '../../shared/dns/message.ts'
import { RefusedError } from '../../shared/errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../shared/net/connect.ts'
import { orderMx, orderSrv } from './ordering.ts'
import type { DnsReply } from './query.ts'
import { addressesAlong, readAnswer } from './read-answer.ts'
import { readName, readType, reverseName } from './read-question.ts'
import { ResolveError } from './resolve-error.ts'
import { type ResolverOptions, Servers } from './servers.ts'

/** What can be said with each question. */
export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined
}

/** The records of one name and type. */
export interface Resolved<Type extends TypeName = TypeName> {
  readonly records: readonly Extract<DnsRecord, { type: Type }>[]
  /** Where aliases (CNAME) led; the name that was asked for, where there are none. */
  readonly name: string
  /** The names on the way, the one that was asked for first. */
  readonly aliases: readonly string[]
  /** The last reply, with who gave it and how long it took. */
  readonly reply: DnsReply
}

/** A mail server, with its addresses. */
export type MailServer = MxData & { readonly addresses: readonly string[] }
/** One place where a service is, with its addresses. */
export type ServicePlace = SrvData & { readonly addresses: readonly string[] }

/** Aliases that are followed over several questions; more are a mistake, or malice. */
const MAX_ALIASES = 8
/** Mail servers or places whose addresses are looked for; whoever tries them needs no more. */
const MAX_PLACES = 16

/**
 * Resolves names. Every method throws `ResolveError` where there is no answer (`code`: NXDOMAIN, NODATA, or the rcode of
 * servers that all failed), `UnreachableError` where no server answers in time, `UsageError` for what is no name, and the
 * reason of the signal where it is aborted.
 */
export class Resolver {
  readonly #servers: Servers
  readonly #timeout: number

  constructor(options: ResolverOptions = {}) {
    this.#servers = new Servers(options)
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
  }

  /** The records of one type, at the end of aliases; at least one. */
  async resolve<Type extends KnownType>(name: string, type: Type, options?: ResolveOptions): Promise<Resolved<Type>>
  async resolve(name: string, type?: string, options?: ResolveOptions): Promise<Resolved>
  async resolve(name: string, type = 'A', { signal }: ResolveOptions = {}): Promise<Resolved> {
    const asked = { name: readName(name), type: readType(type) }
    const deadline = performance.now() + this.#timeout
    const aliases: string[] = []
    for (;;) {
      const reply = await this.#servers.query(asked, deadline, signal)
      const read = readAnswer(reply, asked.name, asked.type)
      aliases.push(...read.aliases)
      if (read.records.length > 0) return { ...read, aliases, reply }
      const end = { name: read.name, type: asked.type }
      if (reply.rcode !== 'NOERROR') throw new ResolveError(reply.rcode, end, reply)
      // Nothing new: the end of the aliases is what was asked for.
      if (read.name === asked.name) throw new ResolveError('NODATA', end, reply)
      if (aliases.length > MAX_ALIASES)
        throw new RefusedError('aliases', `${name} leads through over ${MAX_ALIASES} aliases`)
      asked.name = read.name
    }
  }

  /** The addresses of a name, IPv4 first. */
  async addresses(name: string, options?: ResolveOptions): Promise<string[]> {
    const found = await Promise.allSettled([this.resolve(name, 'A', options), this.resolve(name, 'AAAA', options)])
    const [four, six] = found
    const addresses = [
      ...(four.status === 'fulfilled' ? four.value.records.map(({ data }) => data) : []),
      ...(six.status === 'fulfilled' ? six.value.records.map(({ data }) => data) : []),
    ]
    if (addresses.length === 0 && four.status === 'rejected') throw worse(four.reason, six)
    return addresses
  }

  /** The mail servers, the one to try first first; none where the domain says that it takes no mail (RFC 7505). */
  async mx(name: string, options?: ResolveOptions): Promise<MailServer[]> {
    const { records, reply, name: owner } = await this.resolve(name, 'MX', options)
    const ordered = orderMx(
      records.map(({ data }) => data).filter(({ exchange }) => exchange !== '.'),
      Math.random,
    )
    return this.#withAddresses(ordered, ({ exchange }) => exchange, { reply, owner }, options)
  }

  /**
   * The places of a service (`_http._tcp.fourwire.test`) in the order in which to try them (RFC 2782); none where the
   * domain says that it does not have it.
   */
  async srv(name: string, options?: ResolveOptions): Promise<ServicePlace[]> {
    const { records, reply, name: owner } = await this.resolve(name, 'SRV', options)
    const ordered = orderSrv(
      records.map(({ data }) => data).filter(({ target }) => target !== '.'),
      Math.random,
    )
    return this.#withAddresses(ordered, ({ target }) => target, { reply, owner }, options)
  }

  /** The texts, the strings of each record joined; what is no UTF-8 in them is replaced. */
  async txt(name: string, options?: ResolveOptions): Promise<string[]> {
    const { records } = await this.resolve(name, 'TXT', options)
    return records.map(({ data }) => Buffer.concat(data).toString('utf8'))
  }

  /** The names of an address, IPv4 or IPv6. */
  async reverse(address: string, options?: ResolveOptions): Promise<string[]> {
    const { records } = await this.resolve(reverseName(address), 'PTR', options)
    return records.map(({ data }) => data)
  }

  async #withAddresses<Data>(
    places: readonly Data[],
    nameOf: (data: Data) => string,
    { reply, owner }: { reply: DnsReply; owner: string },
    options: ResolveOptions | undefined,
  ): Promise<(Data & { addresses: readonly string[] })[]> {
    return Promise.all(
      places.slice(0, MAX_PLACES).map(async data => {
        const along = addressesAlong(reply, owner, nameOf(data))
        return { ...data, addresses: along.length > 0 ? along : await this.#addressesOrNone(nameOf(data), options) }
      }),
    )
  }

  /** A place that has no address is no reason to give up the others. */
  async #addressesOrNone(name: string, options: ResolveOptions | undefined): Promise<string[]> {
    try {
      return await this.addresses(name, options)
    } catch (error) {
      if (error instanceof ResolveError) return []
      throw error
    }
  }
}

/** Of two failures, the one that is not just that there is no such type. */
function worse(four: unknown, six: PromiseSettledResult<unknown>): unknown {
  const isNoData = four instanceof ResolveError && four.code === 'NODATA'
  return isNoData && six.status === 'rejected' ? six.reason : four
}
