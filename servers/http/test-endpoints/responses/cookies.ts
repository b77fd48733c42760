/** Endpoints that read, set and delete cookies (RFC 6265). Pure. */
import { parseCookie } from 'cookie'
import type { Response } from '../../response/response.ts'
import { MAX_FIELDS } from '../bounds.ts'
import { json } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest } from '../endpoint.ts'
import { invalid } from '../parameters.ts'
import { fieldOf } from '../requests/describe-request.ts'
import { redirect } from './redirects.ts'

export const cookieEndpoints: EndpointGroup = {
  title: 'Cookies',
  endpoints: [
    {
      path: '/cookies',
      methods: ANY_METHOD,
      summary: 'Returns the cookies of the request.',
      example: "-sS -b 'color=blue; size=10' URL/cookies",
      respond: ({ headers }) => json(parseCookie(fieldOf(headers, 'cookie'), { decode: value => value })),
    },
    {
      path: '/cookies/set',
      methods: ANY_METHOD,
      summary: 'Sets a cookie for each parameter and redirects to /cookies. attr[SameSite]=lax adds an attribute.',
      example: "-sS -L -c /dev/null -b '' 'URL/cookies/set?color=blue'",
      respond: setCookies,
    },
    {
      path: '/cookies/delete',
      methods: ANY_METHOD,
      summary: 'Deletes a cookie for each parameter and redirects to /cookies.',
      example: "-sS -i 'URL/cookies/delete?color'",
      respond: deleteCookies,
    },
  ],
}

/** The cookies of the application on this server: a link must not sign a browser in with the session of another. */
const APPLICATION_COOKIES = ['session', '__Host-session']

const ATTRIBUTES = ['Domain', 'Expires', 'HttpOnly', 'Max-Age', 'Partitioned', 'Path', 'SameSite', 'Secure']

interface CookieParameters {
  readonly cookies: ReadonlyMap<string, string>
  readonly attributes: ReadonlyMap<string, string>
}

function setCookies({ parameters }: EndpointRequest): Response {
  const { cookies, attributes } = parseCookies(parameters)
  const suffix = [...attributes].map(([name, value]) => `; ${name}${value === '' ? '' : `=${value}`}`).join('')
  return redirectWith([...cookies].map(([name, value]) => `${name}=${quote(value)}${suffix}`))
}

function deleteCookies({ parameters }: EndpointRequest): Response {
  const { cookies } = parseCookies(parameters)
  const expired = 'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly'
  return redirectWith([...cookies.keys()].map(name => `${name}=; ${expired}`))
}

function redirectWith(cookies: readonly string[]): Response {
  return redirect(
    '/cookies',
    cookies.flatMap(cookie => ['Set-Cookie', cookie]),
  )
}

function parseCookies(parameters: URLSearchParams): CookieParameters {
  if (parameters.size > MAX_FIELDS) throw new EndpointError(400, `There are more than ${MAX_FIELDS} cookies.`)
  const cookies = new Map<string, string>()
  const attributes = new Map([['HttpOnly', '']])
  for (const [name, value] of parameters) {
    const attribute = /^attr\[(.*)\]$/.exec(name)?.[1]
    if (attribute === undefined) cookies.set(name, validateCookie(name, value))
    else attributes.set(...parseAttribute(attribute, value))
  }
  const reserved = APPLICATION_COOKIES.find(name => cookies.has(name))
  if (reserved !== undefined && (attributes.has('Path') || reserved.startsWith('__Host-'))) {
    throw new EndpointError(400, `The cookie ${reserved} belongs to the application of this server. Use another name.`)
  }
  return { cookies, attributes }
}

/** Returns the value of the cookie. The default path of the cookie is `/test/cookies`, so that no other route gets it. */
function validateCookie(name: string, value: string): string {
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) throw invalid('cookie', name, 'is not a name of letters, digits and -_.')
  if (!/^[\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
    throw invalid('cookie', value, 'has a quote, a semicolon, a backslash or a character outside ASCII')
  }
  return value
}

function parseAttribute(given: string, value: string): [string, string] {
  const name = ATTRIBUTES.find(known => known.toLowerCase() === given.toLowerCase())
  if (name === undefined) throw invalid('attribute', given, `is unknown. Use ${ATTRIBUTES.join(', ')}`)
  if (!/^[\x20-\x3a\x3c-\x7e]*$/.test(value)) throw invalid(name, value, 'has a semicolon or is not ASCII')
  return [name, value]
}

/** A space and a comma are possible only in quotes. */
function quote(value: string): string {
  return /[ ,]/.test(value) ? `"${value}"` : value
}

/** True for a Set-Cookie field that would replace a cookie of the application. */
export function setsApplicationCookie(field: string): boolean {
  return APPLICATION_COOKIES.includes(field.split('=')[0]?.trim() ?? '')
}
