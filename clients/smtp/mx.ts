/** Delivers a message to the mail exchangers of the recipients' domains, as a relay does (RFC 5321, section 5.1). */
import { errorText, FourwireError, RefusedError, UnreachableError, UsageError } from '../../shared/errors.ts'
import type { LocateMail, Location, MailExchanger } from '../../shared/service.ts'
import { domainOf, parseAddressLiteral } from './mailbox.ts'
import { RecipientsRefusedError, type RejectedRecipient, type SmtpReply, type SmtpSession } from './result.ts'

/** Servers to try for one domain. A relay tries at least two (RFC 5321, section 5.1). */
const MAX_SERVERS = 10
const SMTP_PORT = 25

/** The recipients of one domain, in the order of the envelope. */
export interface DomainRecipients {
  readonly domain: string
  readonly recipients: readonly string[]
}

/** Delivers the message to some recipients by one server. */
export type DeliverTo = (server: Location, exchanger: string, recipients: readonly string[]) => Promise<SmtpSession>

/** The sessions of all domains, and the recipients for which no session was possible. */
export interface MxResult {
  readonly sessions: readonly SmtpSession[]
  readonly unreached: readonly RejectedRecipient[]
}

/**
 * Groups recipients by their domains, whose names are case-insensitive.
 *
 * @throws UsageError for an address without a domain
 */
export function groupByDomain(recipients: readonly string[]): DomainRecipients[] {
  const groups = new Map<string, string[]>()
  for (const recipient of recipients) {
    const domain = domainOf(recipient)?.toLowerCase()
    if (domain === undefined)
      throw new UsageError(`mx: ${JSON.stringify(recipient)} has no domain. Give one, as in postmaster@example.org`)
    groups.set(domain, [...(groups.get(domain) ?? []), recipient])
  }
  return Array.from(groups, ([domain, recipients]) => ({ domain, recipients }))
}

/**
 * Delivers to one domain after the other. A domain that fails does not affect the others.
 *
 * @throws FourwireError the error of the domain, or a RecipientsRefusedError for several, if no recipient gets the message
 */
export async function deliverByMx(
  groups: readonly DomainRecipients[],
  deliverTo: DeliverTo,
  locateMail: LocateMail,
  signal?: AbortSignal,
): Promise<MxResult> {
  const sessions: SmtpSession[] = []
  const failures: { error: FourwireError; rejected: readonly RejectedRecipient[] }[] = []
  for (const { domain, recipients } of groups) {
    try {
      const exchangers = await findExchangers(domain, locateMail, signal)
      sessions.push(await deliverToFirst(exchangers, recipients, deliverTo, signal))
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof FourwireError) || error instanceof UsageError) throw error
      failures.push({ error, rejected: toRejected(error, recipients) })
    }
  }
  const unreached = failures.flatMap(({ rejected }) => rejected)
  const [first] = failures
  if (sessions.length > 0 || !first) return { sessions, unreached }
  if (failures.length === 1) throw first.error
  throw new RecipientsRefusedError(unreached, replyOf(first.error), first.error)
}

async function findExchangers(
  domain: string,
  locateMail: LocateMail,
  signal: AbortSignal | undefined,
): Promise<readonly MailExchanger[]> {
  const address = parseAddressLiteral(domain)
  if (address === undefined) return locateMail(domain, signal)
  return [{ name: address, locations: [{ host: address, port: SMTP_PORT }] }]
}

/** Tries the exchangers in their order until one accepts or finally rejects the message. */
async function deliverToFirst(
  exchangers: readonly MailExchanger[],
  recipients: readonly string[],
  deliverTo: DeliverTo,
  signal: AbortSignal | undefined,
): Promise<SmtpSession> {
  const servers = exchangers.flatMap(({ name, locations }) => locations.map(server => ({ name, server })))
  let failure: unknown = new RefusedError(451, '4.4.3 the mail exchangers have no address', {
    message: `cannot find the address of ${exchangers.map(({ name }) => name).join(', ')}. Add A or AAAA records`,
  })
  for (const { name, server } of servers.slice(0, MAX_SERVERS)) {
    try {
      return await deliverTo(server, name, recipients)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isTemporary(error)) throw error
      failure = error
    }
  }
  throw failure
}

/** True if another exchanger of the domain could accept the message. */
function isTemporary(error: unknown): boolean {
  return error instanceof FourwireError && !(error instanceof UsageError) && replyOf(error).code < 500
}

function toRejected(error: FourwireError, recipients: readonly string[]): readonly RejectedRecipient[] {
  if (error instanceof RecipientsRefusedError) return error.rejected
  return recipients.map(address => ({ address, ...replyOf(error) }))
}

/** Codes and enhanced status codes (RFC 3463) with which a relay reports failures that have no reply. */
const FAILURES: Readonly<Record<string, readonly [code: number, status: string]>> = {
  timeout: [451, '4.4.2'],
  closed: [451, '4.4.2'],
  tls: [451, '4.7.5'],
  certificate: [451, '4.7.5'],
  SIZE: [552, '5.3.4'],
  DSN: [550, '5.3.3'],
}

function replyOf(error: FourwireError): SmtpReply {
  if (error instanceof RefusedError && typeof error.code === 'number') return { code: error.code, text: error.text }
  const unreachable = [451, '4.4.1'] as const
  const other = [451, '4.3.0'] as const
  const known = error instanceof RefusedError ? FAILURES[String(error.code)] : undefined
  const [code, status] = known ?? (error instanceof UnreachableError ? unreachable : other)
  return { code, text: `${status} ${errorText(error)}` }
}
