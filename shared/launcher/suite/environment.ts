/** Environment variables that point a program under test at a suite. Pure. */
import type { Endpoint } from '../../endpoint.ts'
import { findProtocol } from '../../protocols/index.ts'
import type { EndpointVariables } from '../../protocols/protocol.ts'
import type { Service } from '../../service.ts'
import { upperSnakeCase } from '../settings/flags.ts'

interface StartedService {
  readonly name: string
  readonly service: Service
  readonly endpoints: readonly Endpoint[]
}

interface Credentials {
  readonly user: string
  readonly password: string
}

/** Returns the variables of all services; see `suite.env()`. */
export function environmentVariables(
  services: readonly StartedService[],
  caFile: string | undefined,
): Record<string, string> {
  const variables = Object.assign({}, ...services.map(variablesOf)) as Record<string, string>
  return caFile === undefined ? variables : { ...variables, NODE_EXTRA_CA_CERTS: caFile }
}

function variablesOf({ name, service, endpoints }: StartedService): Record<string, string> {
  const protocol = findProtocol(name)
  const prefix = upperSnakeCase(name)
  const credentials = credentialsOf(service)
  const plain = endpoints.find(({ transport }) => transport !== 'tls')
  const tls = endpoints.find(({ transport }) => transport === 'tls')
  return {
    ...(plain && { [`${prefix}_HOST`]: plain.host, [`${prefix}_PORT`]: String(plain.port) }),
    ...(plain && { [`${prefix}_URL`]: withCredentials(plain.url, credentials) }),
    ...(credentials && { [`${prefix}_USER`]: credentials.user, [`${prefix}_PASSWORD`]: credentials.password }),
    ...(plain && protocolVariables(plain, protocol?.variables)),
    ...(tls && {
      [`${prefix}_TLS_PORT`]: String(tls.port),
      [`${prefix}_TLS_URL`]: withCredentials(tls.url, credentials),
    }),
    ...(tls && protocolVariables(tls, protocol?.tls?.variables)),
  }
}

function protocolVariables(endpoint: Endpoint, variables: EndpointVariables = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, property]) => [name, String(endpoint[property])]))
}

/** The account that a service offers to programs: `suite.ftp.user`, `suite.ftp.password`. */
function credentialsOf({ api }: Service): Credentials | undefined {
  const { user, password } = Object(api) as Partial<Credentials>
  return typeof user === 'string' && typeof password === 'string' ? { user, password } : undefined
}

function withCredentials(text: string, credentials: Credentials | undefined): string {
  if (!credentials) return text
  const url = new URL(text)
  url.username = encodeURIComponent(credentials.user)
  url.password = encodeURIComponent(credentials.password)
  return url.href
}
