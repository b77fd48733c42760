/** `fourwire http`: sends the request that the arguments describe and prints the response. */
import { RefusedError, UsageError } from '../../../shared/errors.ts'
import { hostOf } from '../../../shared/net/address.ts'
import type { ClientContext } from '../../../shared/service.ts'
import type { Session } from '../cookies/session-file.ts'
import type { CompleteRequest } from '../exchange/http-request.ts'
import { describeRedirect } from '../redirect.ts'
import { request } from '../request.ts'
import type { HttpResponse } from '../response.ts'
import { buildRequest, parseTarget } from './build-request.ts'
import { fileNameOf } from './file-name.ts'
import { headDocument } from './format-head.ts'
import { formatTimings } from './format-timings.ts'
import type { HttpCommand } from './http-command.ts'
import { locateForCurl } from './locate-for-curl.ts'
import { openBody } from './open-body.ts'
import { printedHead, printResponse } from './print-response.ts'
import { replayable } from './replayable-body.ts'

/**
 * Sends a request and prints the response.
 *
 * @throws RefusedError for a status of 400 or more, after the body was printed
 * @throws UsageError for invalid arguments, header fields and files
 */
export async function runRequest(input: HttpCommand, context: ClientContext): Promise<void> {
  const target = parseTarget(input)
  checkParallel(input)
  const file = outputOf(input, target.url)
  const session = await openSessionOf(input)
  const opened = await openBody(input, context)
  const stopHeads = input.verbose ? (await import('./print-heads.ts')).printHeads(context) : undefined
  try {
    const built = { ...(await buildRequest(input, target, opened)), cookies: session?.cookies }
    if (input.curl) return await printCurl(input, built, context)
    if (input.repeat !== undefined) return await repeat(input, input.repeat, built, context)
    const response = await exchange(
      built,
      file,
      { ...input, include: input.include || target.method === 'HEAD' },
      context,
    )
    if (input.timings && !context.json) context.stderr.write(formatTimings(response.timings))
    checkStatus(response, session, input)
    const redirect = input.follow ? undefined : describeRedirect(response)
    if (redirect !== undefined) context.stderr.write(`${redirect}\n`)
  } finally {
    stopHeads?.()
    await opened?.close()
    // Also after an error: a redirect or an error response can have set cookies.
    await session?.save()
  }
}

/** @throws UsageError for a flag that has no effect without --repeat */
function checkParallel({ parallel, repeat }: HttpCommand): void {
  if (parallel > 1 && repeat === undefined) throw new UsageError('--parallel needs --repeat N, the number of requests')
}

async function printCurl(input: HttpCommand, built: CompleteRequest, context: ClientContext): Promise<void> {
  const { formatCurl } = await import('./format-curl.ts')
  const { url, connectTo } = await locateForCurl(built.url, context)
  const command = formatCurl(input, built, url, { connectTo, cookie: built.cookies?.cookiesFor(url) ?? '' })
  context.show({ command }, command)
}

async function repeat(input: HttpCommand, count: number, built: CompleteRequest, context: ClientContext) {
  if (input.follow || input.output !== undefined || input.remoteName) {
    throw new UsageError('--repeat excludes --follow and --output: it measures one exchange, and discards its body')
  }
  const [{ runLoad }, { formatLoad, reportLoad }] = await Promise.all([
    import('./load/run-load.ts'),
    import('./load/load-report.ts'),
  ])
  const request = { ...built, body: await replayable(built.body) }
  const report = reportLoad(await runLoad(request, { repeat: count, parallel: input.parallel }, context))
  context.show(report, formatLoad(report))
  context.signal.throwIfAborted()
  const errors = Object.entries(report.statuses).filter(([status]) => Number(status) >= 400)
  const refused = errors.reduce((sum, [, responses]) => sum + responses, report.failed)
  if (refused > 0) throw new RefusedError('load', `${refused} of ${report.requests} requests failed`)
}

/** Returns the file to write; undefined for standard output. */
function outputOf({ output, remoteName, continue: continues }: HttpCommand, url: string): string | undefined {
  if (output !== undefined && remoteName)
    throw new UsageError('--output and --remote-name name the same file. Give one')
  const file = remoteName ? fileNameOf(url) : output
  if (continues && (file === undefined || file === '-')) {
    throw new UsageError('--continue needs the file to continue. Name it with -o FILE, or -O')
  }
  return file === '-' ? undefined : file
}

async function openSessionOf({ session }: HttpCommand): Promise<Session | undefined> {
  if (session === undefined) return undefined
  const { openSession } = await import('../cookies/session-file.ts')
  return openSession(session)
}

async function exchange(
  built: CompleteRequest,
  file: string | undefined,
  input: HttpCommand,
  context: ClientContext,
): Promise<HttpResponse> {
  if (file !== undefined) return save(built, file, input, context)
  const response = await request(built, context)
  try {
    await printResponse(response, input, context)
  } finally {
    response.discard()
  }
  return response
}

/** @throws RefusedError for an error status; for 401, the text names the hosts of the cookies if none is for this host */
function checkStatus(response: HttpResponse, session: Session | undefined, { user }: HttpCommand): void {
  const { status, statusText, url, headers } = response
  if (status < 400) return
  const hint =
    status === 401
      ? (session?.otherHosts(hostOf(new URL(url))) ?? credentialHint(headers, user !== undefined))
      : undefined
  const message = hint === undefined ? {} : { message: `${`${status} ${statusText}`.trimEnd()}. ${hint}` }
  throw new RefusedError(status, statusText, message)
}

/** Returns how to give the credentials that the server requires; undefined if they were given, or it is not known. */
function credentialHint(headers: HttpResponse['headers'], wereGiven: boolean): string | undefined {
  const { 'www-authenticate': challenge = '' } = headers
  if (/(?:^|,\s*)basic\b/i.test(challenge))
    return wereGiven ? undefined : 'The server requires a user and a password: -u USER:PASSWORD'
  return /(?:^|,\s*)digest\b/i.test(challenge)
    ? 'The server requires Digest: use curl --digest -u USER:PASSWORD'
    : undefined
}

async function save(
  built: CompleteRequest,
  file: string,
  input: HttpCommand,
  context: ClientContext,
): Promise<HttpResponse> {
  checkContinue(built, input)
  const { download } = await import('./download/download.ts')
  const send = (headers: Readonly<Record<string, string>>) =>
    request({ ...built, headers: { ...built.headers, ...headers } }, context)
  const options = { file, continues: input.continue, requested: built.url, send }
  const { response, size } = await download(options, context)
  try {
    // The body of an error response is not the file.
    if (size === undefined) await printResponse(response, input, context)
    else report(response, file, size, input, context)
  } finally {
    response.discard()
  }
  return response
}

/** @throws UsageError if the request cannot be sent twice, or its own fields select a part of the file */
function checkContinue({ method, body, headers = {} }: CompleteRequest, input: HttpCommand): void {
  if (!input.continue) return
  const names = Object.keys(headers).map(name => name.toLowerCase())
  if (method !== 'GET' || body !== undefined) throw new UsageError('--continue is for GET without a body')
  if (input.compressed)
    throw new UsageError('--continue and --compressed exclude each other: the rest has other offsets')
  if (names.includes('range') || names.includes('if-range')) {
    throw new UsageError('--continue sets Range and If-Range itself. Omit these fields')
  }
}

function report(
  response: HttpResponse,
  file: string,
  size: number,
  { include }: HttpCommand,
  context: ClientContext,
): void {
  if (context.json) {
    context.show({ ...headDocument(response), file, size }, '')
    return
  }
  if (include) context.stdout.write(printedHead(response, context))
  context.stderr.write(`${size} bytes saved to ${file}\n`)
}
