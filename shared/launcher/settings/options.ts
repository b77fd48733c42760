/**
 * The options of a whole suite: those of the launcher and those of every server, as one schema. Library, flags,
 * environment and config file all end up here.
 */
import * as z from 'zod'
import { servers } from '../../../servers/index.ts'
import { UsageError } from '../../errors.ts'
import type { TlsOptions } from '../../net/tls/tls.ts'
import { DEFAULT_DRAIN_TIME_MS } from '../../options.ts'

/** The services that a suite can have. */
export type ServiceName = keyof typeof servers

export const SERVICE_NAMES = Object.keys(servers) as ServiceName[]

const launcherShape = {
  services: z
    .array(z.enum(SERVICE_NAMES as [ServiceName, ...ServiceName[]]))
    .min(1)
    .refine(names => new Set(names).size === names.length, 'a service can be started once only')
    .default(SERVICE_NAMES)
    .describe('which services to start, in which order (default: all)'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on, for every service')
    .meta({ placeholder: 'ADDRESS' }),
  data: z
    .string()
    .min(1)
    .optional()
    .describe('data folder (default on the command line: fourwire-data)')
    .meta({ placeholder: 'DIR' }),
  drainTime: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(DEFAULT_DRAIN_TIME_MS)
    .describe('milliseconds a stop may wait for work')
    .meta({ placeholder: 'MS' }),
  tls: z.boolean().default(false).describe('offer HTTP and DNS over TLS too, with a certificate of DATA/tls'),
  tlsCert: z
    .string()
    .min(1)
    .optional()
    .describe('a certificate of your own for --tls, with those between it and its root (PEM)')
    .meta({ placeholder: 'FILE' }),
  tlsKey: z.string().min(1).optional().describe('its private key (PEM)').meta({ placeholder: 'FILE' }),
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

/** Every option of a suite; a service's `host` and `port` are optional here, because the launcher's stand in for them. */
export const suiteSchema: z.ZodType<z.output<typeof launcherSchema>, SuiteSettings> = z.strictObject({
  ...launcherShape,
  ...Object.fromEntries(SERVICE_NAMES.map(name => [name, serverSchema(name).partial().strict().optional()])),
})

/** The schema of one server without its own type, for code that treats all servers alike. */
function serverSchema(name: ServiceName): z.ZodObject {
  return servers[name].options
}

/** Every option of a suite, worked out. */
export interface ResolvedSuite {
  readonly services: readonly ServiceName[]
  readonly data: string | undefined
  readonly drainTime: number
  /** What to offer TLS with; undefined where it is not to be offered. */
  readonly tls: Pick<TlsOptions, 'hosts' | 'own'> | undefined
  /** Each service's own options, complete. */
  readonly options: Readonly<Record<ServiceName, unknown>>
}

/**
 * Works out every option from what was said. The suite's `host` holds for each service that names none.
 *
 * @param defaultPort the port of services that name none: `own` for the protocol's default, or 0 for any free one
 * @throws UsageError naming the option, what was given, and what would do
 */
export function resolveSuite(settings: unknown, defaultPort: 'own' | 0): ResolvedSuite {
  const given = parse(suiteSchema, settings, '')
  const optionsOf = (name: ServiceName) => {
    const own = (settings as Record<string, unknown> | undefined)?.[name]
    const start = { host: given.host, ...(defaultPort === 0 ? { port: 0, tlsPort: 0 } : {}) }
    return parse(serverSchema(name), { ...start, ...(own as object | undefined) }, name)
  }
  const options = Object.fromEntries(SERVICE_NAMES.map(name => [name, optionsOf(name)])) as Record<
    ServiceName,
    { readonly host: string }
  >
  return {
    services: given.services,
    data: given.data,
    drainTime: given.drainTime,
    tls: resolveTls(given, options),
    options,
  }
}

/** A certificate of one's own is wanted by who names it. */
function resolveTls(
  given: z.output<typeof suiteSchema>,
  options: Readonly<Record<ServiceName, { readonly host: string }>>,
): ResolvedSuite['tls'] {
  const { tls, tlsCert: cert, tlsKey: key, services } = given
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('tlsCert and tlsKey go together: name the file of the certificate and that of its key')
  }
  const own = cert === undefined || key === undefined ? undefined : { cert, key }
  if (!tls && !own) return undefined
  const hosts = services.flatMap(name => options[name].host.split(/\s*,\s*/))
  return { own, hosts: [...new Set(hosts)] }
}

/** A setting that makes no sense. `path` says which, so that it can be called by the name it was given under. */
export class SettingError extends UsageError {
  readonly path: readonly string[]

  constructor(path: readonly string[], value: unknown, cause: z.ZodError, where: string) {
    super(describeIssues(cause, value, where), { cause })
    this.path = path
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const inner = parsed.error.issues[0]?.path.map(String) ?? []
  throw new SettingError(where === '' ? inner : [where, ...inner], value, parsed.error, where)
}

/** The names of options, and of what is in them, whose values must not come into a terminal or a log. */
const HOLDS_SECRETS = /\b(?:keys|\w*secrets?|\w*password)\b/i

/** The first thing wrong with an input, as one sentence that quotes it, unless it may hold a secret. */
export function describeIssues(error: z.ZodError, value: unknown, where = ''): string {
  const issue = error.issues[0]
  if (!issue) return error.message
  const name = [where, ...issue.path.map(String)].filter(part => part !== '').join('.')
  if (issue.code === 'unrecognized_keys') {
    return `there is no option ${issue.keys.map(key => JSON.stringify([name, key].filter(Boolean).join('.'))).join(', ')}`
  }
  const given = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value)
  const got = given === undefined || HOLDS_SECRETS.test(name) ? '' : ` (given: ${JSON.stringify(given)})`
  return `${name === '' ? 'options' : name}: ${issue.message}${got}`
}
