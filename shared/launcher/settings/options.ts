/**
 * The options of a suite, as one schema: those of the launcher and those of every server. It validates the options of the
 * library, flags, environment and config file.
 */
import * as z from 'zod'
import { servers } from '../../../servers/index.ts'
import { UsageError } from '../../errors.ts'
import { issueMessage } from '../../issue-message.ts'
import { proxyOption } from '../../net/proxy-protocol/option.ts'
import type { TlsOptions } from '../../net/tls/tls.ts'
import { DEFAULT_DRAIN_TIME_MS } from '../../options.ts'
import { didYouMean } from './suggest.ts'

/** The services that a suite can have. */
export type ServiceName = keyof typeof servers

export const SERVICE_NAMES = Object.keys(servers) as ServiceName[]

const launcherShape = {
  services: z
    .array(z.enum(SERVICE_NAMES as [ServiceName, ...ServiceName[]]))
    .min(1)
    .refine(names => new Set(names).size === names.length, 'a service can be listed only once')
    .default(SERVICE_NAMES)
    .describe('which services to start, in which order (default: all)'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on, for every service')
    .meta({ placeholder: 'ADDRESS' }),
  freePorts: z.boolean().default(false).describe('let every service listen on any free port'),
  data: z
    .string()
    .min(1)
    .optional()
    .describe('data folder (default on the command line: fourwire-data)')
    .meta({ placeholder: 'DIR' }),
  store: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must be a URL such as postgres://user:password@host/database')
    .optional()
    .describe('database of accounts and mail (default: DATA/fourwire.db)')
    .meta({ placeholder: 'URL' }),
  drainTime: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(DEFAULT_DRAIN_TIME_MS)
    .describe('milliseconds to wait for running work when stopping')
    .meta({ placeholder: 'MS' }),
  tls: z.boolean().default(false).describe('also offer TLS, with a certificate from DATA/tls'),
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .describe('your own certificate for --tls, with any intermediate certificates (PEM)')
    .meta({ placeholder: 'FILE' }),
  tlsKey: z.string().min(1).optional().describe('its private key (PEM)').meta({ placeholder: 'FILE' }),
  proxyFrom: z
    .array(proxyOption)
    .default([])
    .describe('balancers that send the PROXY protocol: addresses or networks')
    .meta({ placeholder: 'ADDRESS' }),
  reusePort: z.boolean().default(false).describe('share the ports with other processes (Linux, Node 22.12 or newer)'),
}

/** The launcher's own options. */
export const launcherSchema = z.object(launcherShape)

type Servers = typeof servers

/** Every server's own options. */
export const serverSchemas = Object.fromEntries(
  SERVICE_NAMES.map(name => [name, servers[name].options]),
) as unknown as { readonly [Name in ServiceName]: Servers[Name]['options'] }

/** Options of a suite: the launcher's, and those of each service under its name. */
export type SuiteSettings = z.input<typeof launcherSchema> & {
  readonly [Name in ServiceName]?: Partial<z.input<Servers[Name]['options']>> | undefined
}

/** Every option of a suite. All options of a service are optional here; the launcher supplies defaults for host and port. */
export const suiteSchema: z.ZodType<z.output<typeof launcherSchema>, SuiteSettings> = z.strictObject({
  ...launcherShape,
  ...Object.fromEntries(SERVICE_NAMES.map(name => [name, serverSchema(name).partial().strict().optional()])),
})

/** The schema of one server without its own type, for code that treats all servers alike. */
function serverSchema(name: ServiceName): z.ZodObject {
  return servers[name].options
}

/** The settings of a suite, checked and with all defaults applied. */
export interface ResolvedSettings {
  readonly services: readonly ServiceName[]
  readonly data: string | undefined
  /** The URL of a PostgreSQL database; undefined for a file of the data folder, or memory without one. */
  readonly store: string | undefined
  readonly drainTime: number
  /** The certificate for TLS; undefined without TLS. */
  readonly tls: Pick<TlsOptions, 'hosts' | 'own'> | undefined
  /** The balancers that send the PROXY protocol: addresses and networks. */
  readonly proxyFrom: readonly string[]
  /** True if other processes can listen on the same ports. */
  readonly reusePort: boolean
  /** Each service's own options, complete. */
  readonly options: Readonly<Record<ServiceName, Readonly<Record<string, unknown>> & { readonly host: string }>>
}

/**
 * Checks the given settings and applies all defaults. The suite's `host` applies to services without their own.
 *
 * @param ports what services without a configured port listen on: the protocol's default port, or any free port
 * @throws UsageError naming the option, the given value, and what is valid
 */
export function resolveSettings(settings: unknown, ports: 'default' | 'free'): ResolvedSettings {
  const given = parse(suiteSchema, settings, '')
  const optionsOf = (name: ServiceName) => {
    const own = (settings as Record<string, unknown> | undefined)?.[name]
    const defaults = { host: given.host, ...(ports === 'free' || given.freePorts ? { port: 0, tlsPort: 0 } : {}) }
    return parse(serverSchema(name), { ...defaults, ...(own as object | undefined) }, name)
  }
  const options = Object.fromEntries(SERVICE_NAMES.map(name => [name, optionsOf(name)])) as Record<
    ServiceName,
    { readonly host: string }
  >
  return {
    services: given.services,
    data: given.data,
    store: given.store,
    drainTime: given.drainTime,
    tls: resolveTls(given, options),
    proxyFrom: given.proxyFrom,
    reusePort: given.reusePort,
    options,
  }
}

/** `tlsCert` and `tlsKey` imply `tls`. */
function resolveTls(
  given: z.output<typeof suiteSchema>,
  options: Readonly<Record<ServiceName, { readonly host: string }>>,
): ResolvedSettings['tls'] {
  const { tls, tlsCert: cert, tlsKey: key, services } = given
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('tlsCert and tlsKey go together. Give both: the file of the certificate and that of its key')
  }
  const own = cert === undefined || key === undefined ? undefined : { cert, key }
  if (!tls && !own) return undefined
  const hosts = services.flatMap(name => options[name].host.split(/\s*,\s*/))
  return { own, hosts: [...new Set(hosts)] }
}

/** A setting is invalid. `path` and `problem` let a caller name the setting as the user did. */
export class SettingError extends UsageError {
  override readonly name = 'SettingError'
  readonly path: readonly string[]
  readonly problem: string

  constructor({ path, problem }: InputProblem, cause: unknown) {
    super(describeProblem({ path, problem }), { cause })
    this.path = path
    this.problem = problem
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, parent: string): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: issueMessage })
  if (parsed.success) return parsed.data
  const { path, problem } = findProblem(parsed.error, value)
  throw new SettingError({ path: parent === '' ? path : [parent, ...path], problem }, parsed.error)
}

/**
 * Checks the settings of a suite that are not complete yet, as in a config file.
 *
 * @throws SettingError for the first invalid one
 */
export function checkSettings(settings: unknown): void {
  parse(suiteSchema, settings, '')
}

/** A problem of an input and the path of the option. */
export interface InputProblem {
  readonly path: readonly string[]
  readonly problem: string
}

/** Formats a problem: `dns.port: must be a number (given: "many")`. */
export function describeProblem({ path, problem }: InputProblem): string {
  return path.length === 0 ? `options: ${problem}` : `${path.join('.')}: ${problem}`
}

/** Options that may contain a secret: their values must not appear on a terminal or in a log. */
const MAY_BE_SECRET = /\b(?:keys|\w*secrets?|\w*password)\b/i

/** Finds the first problem of an input that was parsed with `issueMessage`. The problem quotes the value unless it may be a secret. */
export function findProblem(error: z.ZodError, value: unknown): InputProblem {
  const issue = error.issues[0]
  if (!issue) return { path: [], problem: 'not valid' }
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return { path: [...path, key], problem: `unknown option${didYouMean(key, optionNames(path))}` }
  }
  const given = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value)
  if (given === undefined || MAY_BE_SECRET.test(path.join('.'))) return { path, problem: issue.message }
  const suggestion = issue.code === 'invalid_value' ? didYouMean(String(given), issue.values.map(String)) : ''
  return { path, problem: `${issue.message} (given: ${JSON.stringify(given)})${suggestion}` }
}

/** The options at a path: those of the suite, or those of a service. */
function optionNames([service]: readonly string[]): readonly string[] {
  if (service === undefined) return [...Object.keys(launcherShape), ...SERVICE_NAMES]
  return isServiceName(service) ? Object.keys(serverSchema(service).shape) : []
}

/** Returns true if the name is that of a service. */
export function isServiceName(name: string): name is ServiceName {
  return (SERVICE_NAMES as readonly string[]).includes(name)
}
