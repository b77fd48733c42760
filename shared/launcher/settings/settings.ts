/** Sources of settings in order of precedence: flag, environment, config file, default. Pure. */
import { errorText, UsageError } from '../../errors.ts'
import { parseJson } from '../../parse-json.ts'
import { type Field, fieldsOf, jsonSchema, parseText, upperSnakeCase } from './flags.ts'
import {
  checkSettings,
  isServiceName,
  launcherSchema,
  SERVICE_NAMES,
  type ServiceName,
  SettingError,
  serverSchemas,
  suiteSchema,
} from './options.ts'
import { didYouMean } from './suggest.ts'

/** Settings as given, not yet checked: those of the launcher, and an object for each service. */
export type Settings = Readonly<Record<string, unknown>>

/** One setting and its place in `Settings`: `dns.port` has the path `['dns', 'port']`. */
export interface Setting {
  readonly field: Field
  readonly path: readonly [string] | readonly [ServiceName, string]
}

/** Returns every setting that has a flag, an environment variable and a key in the config file. */
export function allSettings(): Setting[] {
  const own = fieldsOf(launcherSchema).map((field): Setting => ({ field, path: [field.key] }))
  const services = SERVICE_NAMES.flatMap(name =>
    fieldsOf(serverSchemas[name]).map((field): Setting => ({ field, path: [name, field.key] })),
  )
  return [...own, ...services].filter(({ field }) => field.flag !== false)
}

/** Returns the name of a setting's environment variable: `FOURWIRE_DNS_PORT`. */
export function environmentName({ path }: Setting): string {
  return `${ENVIRONMENT_PREFIX}${path.map(upperSnakeCase).join('_')}`
}

const ENVIRONMENT_PREFIX = 'FOURWIRE_'

/** Returns the settings of the environment variables. */
export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  const found: Record<string, unknown> = {}
  for (const setting of allSettings()) {
    const text = env[environmentName(setting)]
    if (text !== undefined && text !== '') putSetting(found, setting.path, parseText(setting.field, text))
  }
  return found
}

/** An environment variable that is named like a setting, but no setting has that name. */
export interface UnknownVariable {
  readonly variable: string
  /** Suggests a variable, as a sentence; empty if none is similar. */
  readonly suggestion: string
}

/** Finds the environment variables that begin with `FOURWIRE_` and are not settings. */
export function findUnknownVariables(env: Readonly<Record<string, string | undefined>>): UnknownVariable[] {
  const names = allSettings().map(environmentName)
  return Object.keys(env)
    .filter(variable => variable.startsWith(ENVIRONMENT_PREFIX) && !names.includes(variable))
    .map(variable => ({ variable, suggestion: didYouMean(variable, names) }))
}

/** Sets the value at a path and creates the service's object if needed. */
export function putSetting(settings: Record<string, unknown>, path: Setting['path'], value: unknown): void {
  const [first, second] = path
  if (second === undefined) settings[first] = value
  else settings[first] = { ...(settings[first] as object | undefined), [second]: value }
}

/**
 * Returns the settings of a config file.
 *
 * @throws UsageError naming the file and what is wrong in it
 */
export function parseConfig(text: string, file: string): Settings {
  const config = parseFile(text, file)
  const { $schema: _, ...settings } = Object(config) as Settings
  try {
    checkSettings(isObject(config) ? settings : config)
  } catch (cause) {
    throw cause instanceof SettingError ? new UsageError(`${file}: ${cause.message}`, { cause }) : cause
  }
  return settings
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseFile(text: string, file: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new UsageError(`${file}: ${errorText(cause)}`, { cause })
  }
}

/**
 * Merges settings; earlier sources win, option by option. A `host` for all services also wins over the `host` that a later
 * source sets for one of them: `--host 127.0.0.1` closes what a config file opens. `freePorts` and ports work the same way.
 */
export function mergeSettings(...inOrder: readonly Settings[]): Settings {
  const merged: Record<string, unknown> = {}
  for (const settings of inOrder.toReversed()) {
    if (settings.host !== undefined) removeOptions(merged, ['host'])
    if (settings.freePorts === true) removeOptions(merged, PORT_OPTIONS)
    for (const [key, value] of Object.entries(settings)) {
      if (value === undefined) continue
      merged[key] = isServiceName(key) ? { ...(merged[key] as object), ...(value as object) } : value
    }
  }
  return merged
}

const PORT_OPTIONS = ['port', 'tlsPort', 'passivePorts']

/** Removes these options from the objects of all services. */
function removeOptions(merged: Record<string, unknown>, keys: readonly string[]): void {
  for (const name of SERVICE_NAMES) {
    const options = merged[name]
    if (options === undefined) continue
    merged[name] = Object.fromEntries(Object.entries(Object(options)).filter(([key]) => !keys.includes(key)))
  }
}

/** Returns the JSON schema of `fourwire.json`, for editors, without the metadata that only flags need. */
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
