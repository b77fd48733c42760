/** Gathers the settings of a command from all their sources: what was typed, the environment, the config file, defaults. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { errorCode, UsageError } from '../errors.ts'
import { DEFAULT_CONFIG_FILE, DEFAULT_DATA_FOLDER, type Io } from './io.ts'
import { fromConfig, fromEnvironment, mergeSettings, type Settings } from './settings.ts'

/**
 * @param typed what flags and arguments said
 * @param configFile the file of `--config`; `fourwire.json`, where it is there, when not given
 * @throws UsageError for a config file that cannot be read or makes no sense
 */
export async function gatherSettings(typed: Settings, configFile: string | undefined, io: Io): Promise<Settings> {
  const config = await readConfig(configFile, io)
  return mergeSettings(typed, fromEnvironment(io.env), config, { data: DEFAULT_DATA_FOLDER })
}

/** Where the suite of a command keeps its data, as an absolute path: the same sources for servers and clients. */
export async function gatherDataFolder(typed: string | undefined, io: Io): Promise<string> {
  const { data } = await gatherSettings({ data: typed }, undefined, io)
  return path.resolve(io.cwd, z.string().parse(data))
}

async function readConfig(named: string | undefined, io: Io): Promise<Settings> {
  const file = path.resolve(io.cwd, named ?? DEFAULT_CONFIG_FILE)
  try {
    return fromConfig(await readFile(file, 'utf8'), file)
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    if (errorCode(error) === 'ENOENT' && named === undefined) return {}
    throw new UsageError(`--config ${named ?? file}: the file cannot be read (${errorCode(error)})`, { cause: error })
  }
}
