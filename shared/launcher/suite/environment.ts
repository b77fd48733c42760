/** Environment variables that point a program under test at a suite. Pure. */
import type { Endpoint } from '../../endpoint.ts'
import { findProtocol } from '../../protocols/index.ts'
import type { EndpointVariables } from '../../protocols/protocol.ts'
import { upperSnakeCase } from '../settings/flags.ts'

interface StartedService {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  /** True if clients sign in to it. */
  readonly usesAccounts: boolean
}

interface Credentials {
  readonly name: string
  readonly password: string
}

export interface EnvironmentOptions {
  /** The account for programs; undefined if there is none with a known password. */
  readonly account: Credentials | undefined
  /** The certificate that clients must trust. */
  readonly caFile: string | undefined
}

/** Returns the variables of all services; see `suite.env()`. */
export function environmentVariables(
  services: readonly StartedService[],
  { account, caFile }: EnvironmentOptions,
): Record<string, string> {
  const variables: Record<string, string> = Object.assign({}, ...services.map(service => variablesOf(service, account)))
  return caFile === undefined ? variables : { ...variables, NODE_EXTRA_CA_CERTS: caFile }
}

function variablesOf(
  { name, endpoints, usesAccounts }: StartedService,
  account: Credentials | undefined,
): Record<string, string> {
  const protocol = findProtocol(name)
  const prefix = upperSnakeCase(name)
  const credentials = usesAccounts ? account : undefined
  const urlCredentials = protocol?.acceptsCredentialsInUrl === false ? undefined : credentials
  const plain = endpoints.find(({ transport }) => transport !== 'tls')
  const tls = endpoints.find(({ transport }) => transport === 'tls')
  return {
    ...(plain && { [`${prefix}_HOST`]: plain.host, [`${prefix}_PORT`]: String(plain.port) }),
    ...(plain && { [`${prefix}_URL`]: withCredentials(plain.url, urlCredentials) }),
    ...(credentials && { [`${prefix}_USER`]: credentials.name, [`${prefix}_PASSWORD`]: credentials.password }),
    ...(plain && protocolVariables(plain, protocol?.variables)),
    ...(tls && {
      [`${prefix}_TLS_PORT`]: String(tls.port),
      [`${prefix}_TLS_URL`]: withCredentials(tls.url, urlCredentials),
    }),
    ...(tls && protocolVariables(tls, protocol?.tls?.variables)),
  }
}

function protocolVariables(endpoint: Endpoint, variables: EndpointVariables = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, property]) => [name, String(endpoint[property])]))
}

function withCredentials(text: string, credentials: Credentials | undefined): string {
  if (!credentials) return text
  const url = new URL(text)
  url.username = encodeURIComponent(credentials.name)
  url.password = encodeURIComponent(credentials.password)
  return url.href
}
