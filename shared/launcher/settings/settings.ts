/** Where settings come from, and which wins: flag, environment, config file, default. Pure: texts in, settings out. */
import * as z from 'zod'
import { UsageError } from '../../errors.ts'
import { type Field, fieldsOf, jsonSchema, parseText, upperSnakeCase } from './flags.ts'
import {
  describeIssues,
  launcherSchema,
  SERVICE_NAMES,
  type ServiceName,
  serverSchemas,
  suiteSchema,
} from './options.ts'

/** Settings as they were said, not yet checked: the launcher's own, and an object for each service. */
export type Settings = Readonly<Record<string, unknown>>

/** One thing that can be set, and where it lands: `dns.port` has the path `['dns', 'port']`. */
export interface Setting {
  readonly field: Field
  readonly path: readonly [string] | readonly [ServiceName, string]
}

/** Everything that can be set from outside a program. */
export function allSettings(): Setting[] {
  const own = fieldsOf(launcherSchema).map((field): Setting => ({ field, path: [field.key] }))
  const services = SERVICE_NAMES.flatMap(name =>
    fieldsOf(serverSchemas[name]).map((field): Setting => ({ field, path: [name, field.key] })),
  )
  return [...own, ...services].filter(({ field }) => field.flag !== false)
}

/** `FOURWIRE_DNS_PORT` */
export function environmentName({ path }: Setting): string {
  return ['FOURWIRE', ...path.map(upperSnakeCase)].join('_')
}

/** The settings that environment variables hold. */
export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  const found: Record<string, unknown> = {}
  for (const setting of allSettings()) {
    const text = env[environmentName(setting)]
    if (text !== undefined && text !== '') putSetting(found, setting.path, parseText(setting.field, text))
  }
  return found
}

/** Puts a value where the path says, making the service's object on the way. */
export function putSetting(settings: Record<string, unknown>, path: Setting['path'], value: unknown): void {
  const [first, second] = path
  if (second === undefined) settings[first] = value
  else settings[first] = { ...(settings[first] as object | undefined), [second]: value }
}

/**
 * The settings that a config file holds.
 *
 * @throws UsageError naming the file and what is wrong in it
 */
export function parseConfig(text: string, file: string): Settings {
  const parsed = configSchema.safeParse(parseJson(text, file))
  if (parsed.success) return parsed.data
  throw new UsageError(`${file}: ${describeIssues(parsed.error, parseJson(text, file))}`, { cause: parsed.error })
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${file} is not JSON: ${(cause as SyntaxError).message}`, { cause })
  }
}

const configSchema = z
  .looseObject({ $schema: z.string().optional() })
  .transform(({ $schema: _, ...settings }) => settings)
  .superRefine((settings, context) => {
    for (const issue of suiteSchema.safeParse(settings).error?.issues ?? []) context.addIssue({ ...issue } as never)
  })

/**
 * Joins settings; the earlier ones win, option by option. A `host` for all services wins over what a later source says
 * of one of them: `--host 127.0.0.1` closes whatever a config file opens.
 */
export function mergeSettings(...inOrder: readonly Settings[]): Settings {
  const merged: Record<string, unknown> = {}
  for (const settings of inOrder.toReversed()) {
    if (settings.host !== undefined) removeHosts(merged)
    for (const [key, value] of Object.entries(settings)) {
      if (value === undefined) continue
      merged[key] = isServiceName(key) ? { ...(merged[key] as object), ...(value as object) } : value
    }
  }
  return merged
}

function removeHosts(merged: Record<string, unknown>): void {
  for (const name of SERVICE_NAMES) {
    const { host: _, ...others } = (merged[name] ?? {}) as { host?: unknown }
    if (merged[name] !== undefined) merged[name] = others
  }
}

function isServiceName(key: string): key is ServiceName {
  return (SERVICE_NAMES as readonly string[]).includes(key)
}

/** The JSON schema of `fourwire.json`, for editors: what only flags need is left out. */
export function configJsonSchema(): object {
  const schema = jsonSchema(suiteSchema)
  const described = {
    ...schema,
    title: 'fourwire.json',
    properties: { $schema: { type: 'string' }, ...schema.properties },
  }
  return JSON.parse(JSON.stringify(described, (key, value) => (FLAG_METADATA.has(key) ? undefined : value)))
}

const FLAG_METADATA = new Set(['placeholder', 'flag'])
