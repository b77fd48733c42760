/** Builds the request that the arguments and flags describe. */
import { UsageError } from '../../../shared/errors.ts'
import { readCaFile } from '../../../shared/net/tls/ca-file.ts'
import { parseAddressOverride } from '../exchange/address-override.ts'
import type { CompleteRequest } from '../exchange/http-request.ts'
import { parseArguments, parseHeaders, type RequestHeaders, withDefaultHeaders } from '../url.ts'
import type { OpenedBody } from './body-source.ts'
import type { HttpCommand } from './http-command.ts'
import { hasBody } from './open-body.ts'

/**
 * Parses the method and the URL.
 *
 * @throws UsageError if they are invalid or contradict each other
 */
export function parseTarget(input: HttpCommand): { method: string; url: string } {
  const byDefault = input.head ? 'HEAD' : hasBody(input) ? 'POST' : 'GET'
  const { method: flag } = input
  if (flag === undefined) return parseArguments(input.request, byDefault)
  const parsed = parseArguments(input.request.length < 2 ? [flag, ...input.request] : input.request, byDefault)
  if (parsed.method === flag) return parsed
  throw new UsageError(`--method ${flag}: the method is already ${parsed.method}. Give one of them`)
}

/** @throws UsageError if a flag is invalid */
export async function buildRequest(
  input: HttpCommand,
  target: { method: string; url: string },
  opened: OpenedBody | undefined,
): Promise<CompleteRequest> {
  return {
    ...target,
    headers: headersOf(input, opened),
    body: opened?.body,
    redirect: input.follow ? 'follow' : 'manual',
    verification: { ca: await readCaFile(input.cacert), insecure: input.insecure },
    compressed: input.compressed,
    http2: input.http2,
    addresses: input.resolve.map(parseAddressOverride),
  }
}

function headersOf({ header, user }: HttpCommand, opened: OpenedBody | undefined): RequestHeaders {
  const authorization = user === undefined ? {} : { Authorization: basicCredentials(user) }
  return withDefaultHeaders({ ...opened?.headers, ...authorization }, parseHeaders(header))
}

/** Returns `Basic ...` for `user:password` (RFC 7617). */
function basicCredentials(user: string): string {
  if (!user.includes(':'))
    throw new UsageError(`--user ${user}: must be USER:PASSWORD. A password can be empty: ${user}:`)
  return `Basic ${Buffer.from(user).toString('base64')}`
}
