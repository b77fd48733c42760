/** The curl command for a request, quoted for a shell. Pure. */
import type { CompleteRequest } from '../exchange/http-request.ts'
import type { HttpCommand } from './http-command.ts'

/** What curl has to know besides the flags. */
export interface CurlContext {
  /** Where the suite's names lead, if curl would connect elsewhere: a value of `--connect-to`. */
  readonly connectTo: string | undefined
  /** The value of the field Cookie; empty without cookies. */
  readonly cookie: string
}

/** @param url with scheme and host */
export function formatCurl(
  input: HttpCommand,
  request: Pick<CompleteRequest, 'method' | 'headers'>,
  url: string,
  { connectTo, cookie }: CurlContext,
): string {
  const words = [
    'curl',
    ...methodFlags(input, request.method),
    ...(input.include && request.method !== 'HEAD' ? ['-i'] : []),
    ...headerFlags(input, request.headers ?? {}, cookie),
    ...bodyFlags(input),
    ...values('-u', input.user),
    ...toggle(input.follow, '-L'),
    ...toggle(input.compressed, '--compressed'),
    ...toggle(input.remoteName, '-O'),
    ...values('-o', input.output),
    ...(input.continue ? ['-C', '-'] : []),
    ...versionFlags(input, url),
    ...values('--cacert', input.cacert),
    ...toggle(input.insecure, '-k'),
    ...values('--resolve', ...input.resolve),
    ...values('--connect-to', connectTo),
    // curl expands braces and brackets otherwise.
    ...(/[{}[\]]/.test(url.replace(/^[^/]*\/\/[^/]*/, '')) ? ['-g'] : []),
    url,
  ]
  return words.map(quote).join(' ')
}

function toggle(isSet: boolean, flag: string): string[] {
  return isSet ? [flag] : []
}

function values(flag: string, ...given: readonly (string | undefined)[]): string[] {
  return given.flatMap(value => (value === undefined ? [] : [flag, value]))
}

/** HEAD needs its own flag: with `-X HEAD` curl waits for a body. */
function methodFlags({ body, jsonBody, form }: HttpCommand, method: string): string[] {
  const hasBody = body.length > 0 || jsonBody !== undefined || form.length > 0
  if (method === 'HEAD') return ['-I']
  return method === (hasBody ? 'POST' : 'GET') ? [] : ['-X', method]
}

/** curl sends other values of these fields itself, or computes them. */
const OWN_FIELDS: Readonly<Record<string, string>> = { 'User-Agent': 'fourwire' }

function headerFlags(
  { form, user }: HttpCommand,
  headers: NonNullable<CompleteRequest['headers']>,
  cookie: string,
): string[] {
  const given = Object.keys(headers).map(name => name.toLowerCase())
  const defaults = Object.entries(OWN_FIELDS).filter(([name]) => !given.includes(name.toLowerCase()))
  const isComputed = (name: string) =>
    name === 'content-length' || (name === 'content-type' && form.length > 0) || (name === 'authorization' && !!user)
  const own = Object.entries(headers).filter(([name]) => !isComputed(name.toLowerCase()))
  const cookies = cookie === '' || given.includes('cookie') ? [] : [['Cookie', cookie] as const]
  return [...defaults, ...own, ...cookies].flatMap(([name, value]) => {
    const all = typeof value === 'string' ? [value] : value
    const lines = all.length === 0 ? [`${name}:`] : all.map(text => (text === '' ? `${name};` : `${name}: ${text}`))
    return lines.flatMap(line => ['-H', line])
  })
}

function bodyFlags({ body, jsonBody, form }: HttpCommand): string[] {
  if (form.length > 0) return values('-F', ...form)
  const data = jsonBody ?? (body.length === 0 ? undefined : body.join('&'))
  if (data === undefined) return []
  return [data.startsWith('@') ? '--data-binary' : '--data-raw', data]
}

/** curl negotiates HTTP/2 over TLS by default. */
function versionFlags({ http2 }: HttpCommand, url: string): string[] {
  const isTls = url.startsWith('https:')
  if (http2) return [isTls ? '--http2' : '--http2-prior-knowledge']
  return isTls ? ['--http1.1'] : []
}

/** Quotes a word for a POSIX shell if it has characters that mean something to one. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
