/** Gathers the settings of a command from all their sources: what was typed, the environment, the config file, defaults. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { errorCode, UsageError } from '../../errors.ts'
import { DEFAULT_CONFIG_FILE, DEFAULT_DATA_FOLDER, type Io } from '../io.ts'
import { kebabCase } from './flags.ts'
import { SettingError } from './options.ts'
import {
  allSettings,
  environmentName,
  mergeSettings,
  parseConfig,
  parseEnvironment,
  type Setting,
  type Settings,
} from './settings.ts'

/**
 * @param typed what flags and arguments said
 * @param configFile the file of `--config`; `fourwire.json`, where it is there, when not given
 * @throws UsageError for a config file that cannot be read or makes no sense
 */
export async function loadSettings(typed: Settings, configFile: string | undefined, io: Io): Promise<Settings> {
  const config = await readConfigFile(configFile, io)
  return mergeSettings(typed, parseEnvironment(io.env), config, { data: DEFAULT_DATA_FOLDER })
}

/** Where the suite of a command keeps its data, as an absolute path: the same sources for servers and clients. */
export async function loadDataFolder(typed: string | undefined, io: Io): Promise<string> {
  const { data } = await loadSettings({ data: typed }, undefined, io)
  return path.resolve(io.cwd, z.string().parse(data))
}

async function readConfigFile(named: string | undefined, io: Io): Promise<Settings> {
  const file = path.resolve(io.cwd, named ?? DEFAULT_CONFIG_FILE)
  try {
    return parseConfig(await readFile(file, 'utf8'), file)
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    if (errorCode(error) === 'ENOENT' && named === undefined) return {}
    throw new UsageError(`--config ${named ?? file}: the file cannot be read (${errorCode(error)})`, { cause: error })
  }
}

/** The error about a setting, under the name that a person gave it: a flag, a variable, or the file's own word for it. */
export function withInputName(error: unknown, typed: Settings, env: Io['env']): unknown {
  if (!(error instanceof SettingError)) return error
  const [first = '', second] = error.path
  const setting = allSettings().find(({ path: [one, two] }) => one === first && two === (two && second))
  if (!setting) return error
  const [, problem = error.message] = /^\S+: ([\s\S]*)$/.exec(error.message) ?? []
  const isTyped = second === undefined || setting.path.length === 1 ? typed[first] : Object(typed[first])[second]
  if (isTyped !== undefined) return new UsageError(`${flagName(setting)}: ${problem}`, { cause: error })
  const variable = environmentName(setting)
  return env[variable] ? new UsageError(`${variable}: ${problem}`, { cause: error }) : error
}

function flagName({ path: [first, second] }: Setting): string {
  if (first === 'services') return 'service'
  return `--${second === undefined ? '' : `${first}-`}${kebabCase(second ?? first)}`
}
