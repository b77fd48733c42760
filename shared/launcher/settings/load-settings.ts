/** Loads the settings of a command from all sources: arguments, environment, config file, defaults. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { errorCode, UsageError } from '../../errors.ts'
import { fileProblem } from '../../files/file-problem.ts'
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
 * Merges the settings of all sources.
 *
 * @param typed settings from flags and arguments
 * @param configFile the value of `--config`; without it, `fourwire.json` is read if it exists
 * @throws UsageError if the config file cannot be read or is invalid
 */
export async function loadSettings(typed: Settings, configFile: string | undefined, io: Io): Promise<Settings> {
  const config = await readConfigFile(configFile, io)
  return mergeSettings(typed, parseEnvironment(io.env), config, { data: DEFAULT_DATA_FOLDER })
}

/** Returns the data folder as an absolute path, from the same sources for servers and clients. */
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
    throw new UsageError(`cannot read config file ${named ?? file}: ${fileProblem(error)}`, { cause: error })
  }
}

/** Returns an error that names the setting as the user did: by its flag, its variable, or its key in the config file. */
export function withInputName(error: unknown, typed: Settings, env: Io['env']): unknown {
  if (!(error instanceof SettingError)) return error
  const [first = '', second] = error.path
  const setting = allSettings().find(({ path: [top, inner] }) => top === first && inner === (inner && second))
  if (!setting) return error
  const isTyped = second === undefined || setting.path.length === 1 ? typed[first] : Object(typed[first])[second]
  if (isTyped !== undefined) return new UsageError(`${flagName(setting)}: ${error.problem}`, { cause: error })
  const variable = environmentName(setting)
  return env[variable] ? new UsageError(`${variable}: ${error.problem}`, { cause: error }) : error
}

function flagName({ path: [first, second] }: Setting): string {
  if (first === 'services') return 'service'
  return `--${second === undefined ? '' : `${first}-`}${kebabCase(second ?? first)}`
}
