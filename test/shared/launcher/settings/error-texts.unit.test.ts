/** Errors of invalid settings have messages of Fourwire, not of zod, for every option and value. */
import { expect, test } from 'vitest'
import { UsageError } from '../../../../shared/errors.ts'
import {
  launcherSchema,
  resolveSettings,
  SERVICE_NAMES,
  serverSchemas,
} from '../../../../shared/launcher/settings/options.ts'

const BAD_VALUES = [null, {}, [], [{}], [null], true, -1, 1.5, 1e12, '', '\0', 'x y', Number.NaN]

/** Words of zod's own messages. */
const ZOD_WORDING = /invalid input|invalid option|expected|received|too small|too big|unrecognized|^.*: not valid$/i

const OPTIONS: [string, (value: unknown) => object][] = [
  ...Object.keys(launcherSchema.shape).map((key): [string, (value: unknown) => object] => [
    key,
    value => ({ [key]: value }),
  ]),
  ...SERVICE_NAMES.flatMap(name =>
    Object.keys(serverSchemas[name].shape).map((key): [string, (value: unknown) => object] => [
      `${name}.${key}`,
      value => ({ [name]: { [key]: value } }),
    ]),
  ),
]

/** Returns the message for the settings; undefined if they are valid. */
function messageFor(settings: object): string | undefined {
  try {
    resolveSettings(settings, 'free')
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return (error as Error).message
  }
}

test.each(OPTIONS)('errors of %s do not use messages of zod', (_name, settingsWith) => {
  const messages = BAD_VALUES.flatMap(value => messageFor(settingsWith(value)) ?? [])
  expect(messages.length).toBeGreaterThan(0)
  expect(messages.filter(message => ZOD_WORDING.test(message))).toEqual([])
})
