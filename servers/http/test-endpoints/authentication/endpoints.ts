/** Endpoints that require credentials, which are in their path. */
import type { Response } from '../../response/response.ts'
import { errorResponse, json } from '../content.ts'
import { ANY_METHOD, type EndpointGroup, type EndpointRequest } from '../endpoint.ts'
import { invalid } from '../parameters.ts'
import { fieldOf } from '../requests/describe-request.ts'
import { Digest, type DigestAlgorithm } from './digest.ts'

export function authenticationEndpoints(): EndpointGroup {
  const digest = new Digest()
  return {
    title: 'Authentication',
    endpoints: [
      {
        path: '/basic-auth/:user/:password',
        methods: ANY_METHOD,
        summary: 'Requires this user and password (HTTP Basic); otherwise 401.',
        example: '-sS -u ann:secret URL/basic-auth/ann/secret',
        respond: request => checkBasic(request, 401),
      },
      {
        path: '/hidden-basic-auth/:user/:password',
        methods: ANY_METHOD,
        summary: 'As /basic-auth, but with 404 and no challenge.',
        example: '-sS -u ann:secret URL/hidden-basic-auth/ann/secret',
        respond: request => checkBasic(request, 404),
      },
      {
        path: '/bearer',
        methods: ANY_METHOD,
        summary: 'Requires any bearer token; otherwise 401.',
        example: "-sS -H 'Authorization: Bearer abc' URL/bearer",
        respond: checkBearer,
      },
      {
        path: '/digest-auth/:qop/:user/:password',
        methods: ANY_METHOD,
        summary: 'Requires this user and password (HTTP Digest, MD5); qop is auth.',
        example: '-sS --digest -u ann:secret URL/digest-auth/auth/ann/secret',
        respond: request => checkDigest(request, digest),
      },
      {
        path: '/digest-auth/:qop/:user/:password/:algorithm',
        methods: ANY_METHOD,
        summary: 'As before, with the algorithm MD5 or SHA-256.',
        example: '-sS --digest -u ann:secret URL/digest-auth/auth/ann/secret/SHA-256',
        respond: request => checkDigest(request, digest),
      },
    ],
  }
}

function checkBasic({ params, headers }: EndpointRequest, statusIfWrong: 401 | 404): Response {
  const { user, password } = parseBasic(fieldOf(headers, 'authorization'))
  const isRight = user === params.user && password === params.password
  const result = { authenticated: isRight, user: user ?? '', authorized: isRight }
  if (isRight) return json(result)
  if (statusIfWrong === 404) return errorResponse(404, 'There is nothing here.')
  return json(result, 401, ['WWW-Authenticate', 'Basic realm="Fake Realm"'])
}

interface BasicCredentials {
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** RFC 7617, section 2: the first colon ends the name. */
function parseBasic(field: string): BasicCredentials {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field)?.[1]
  const decoded = Buffer.from(encoded ?? '', 'base64').toString('utf8')
  return /^(?<user>[^:]*):(?<password>.*)$/s.exec(decoded)?.groups ?? {}
}

function checkBearer({ headers }: EndpointRequest): Response {
  const token = /^Bearer +(\S+)$/.exec(fieldOf(headers, 'authorization'))?.[1]
  if (token !== undefined) return json({ authenticated: true, token })
  return errorResponse(401, 'Send a token: Authorization: Bearer abc.', ['WWW-Authenticate', 'Bearer'])
}

function checkDigest({ method, target, headers, params }: EndpointRequest, digest: Digest): Response {
  const { qop = '', user = '', password = '', algorithm = 'MD5' } = params
  if (qop.toLowerCase() !== 'auth') throw invalid('qop', qop, 'is not supported. Use auth')
  const expected = { user, password, algorithm: parseAlgorithm(algorithm) }
  const now = Date.now()
  const result = digest.check({ method, target, authorization: fieldOf(headers, 'authorization') }, expected, now)
  if (result === 'accepted') return json({ authenticated: true, user, authorized: true })
  const challenge = digest.challenge(expected.algorithm, now, result === 'stale')
  return errorResponse(401, 'Sign in with HTTP Digest.', ['WWW-Authenticate', challenge])
}

function parseAlgorithm(text: string): DigestAlgorithm {
  const algorithm = text.toUpperCase()
  if (algorithm !== 'MD5' && algorithm !== 'SHA-256')
    throw invalid('algorithm', text, 'is not supported. Use MD5 or SHA-256')
  return algorithm
}
