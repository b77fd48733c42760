import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { servers } from '../../../servers/index.ts'
import { buildProgram } from '../../../shared/launcher/build-program.ts'
import { runCli } from '../../../shared/launcher/cli.ts'
import type { Io } from '../../../shared/launcher/io.ts'
import {
  allSettings,
  configJsonSchema,
  environmentName,
  parseConfig,
  parseEnvironment,
} from '../../../shared/launcher/settings/settings.ts'

function captureOutput(columns?: number): { io: Io; stdout: PassThrough } {
  const stdout = Object.assign(new PassThrough(), { columns })
  const { stdin, stderr } = process
  return { io: { stdin, stdout: stdout as never, stderr, env: {}, cwd: '/' }, stdout }
}

/** @param columns the width of the terminal, if there is one */
async function help(words: readonly string[], columns?: number): Promise<string> {
  const { io, stdout } = captureOutput(columns)
  expect(await runCli([...words, '--help'], io)).toBe(0)
  stdout.end()
  return text(stdout)
}

/** Returns every command and subcommand as words to type. */
function commandsOf(command: Command, words: readonly string[] = []): (readonly string[])[] {
  const subcommands = command.commands.filter(subcommand => subcommand.name() !== 'help')
  return [words, ...subcommands.flatMap(subcommand => commandsOf(subcommand, [...words, subcommand.name()]))]
}

const COMMANDS = commandsOf(buildProgram(captureOutput().io, () => undefined)).map(words => words.join(' '))

test.each(COMMANDS)('the help of "fourwire %s" has an example of that command', async command => {
  const words = command.split(' ').filter(word => word !== '')
  const shown = await help(words)
  const example = shown.slice(shown.indexOf('Example:'))
  expect(example).toContain(`  ${['fourwire', ...words].join(' ')}`)
})

test('the help of start shows every setting with its default', async () => {
  const shown = (await help(['start'])).replace(/\s+/g, ' ')
  for (const setting of allSettings()) {
    if (setting.field.key === 'services') continue
    const flag = `--${environmentName(setting).slice('FOURWIRE_'.length).toLowerCase().replaceAll('_', '-')}`
    expect(shown).toContain(setting.field.default === true ? flag.replace('--', '--no-') : flag)
    const { default: value } = setting.field
    if (typeof value === 'number') expect(shown).toContain(`(default: ${value})`)
  }
})

test('the help of start groups options by service', async () => {
  const shown = await help(['start'])
  const groups = [...shown.matchAll(/^Options of (.*):\n {2}--(\w+)-/gm)].map(([, name, prefix]) => [name, prefix])
  expect(groups).toEqual(Object.keys(servers).map(name => [name, name]))
})

test('the help of start gives each example setting the same value as a variable and in the config file', async () => {
  const examples = [...(await help(['start'])).matchAll(/ (FOURWIRE_\w+)=(\S+)\n +(\{.*\})$/gm)]
  expect(examples).toHaveLength(3)
  for (const [, name = '', value, config = ''] of examples) {
    expect(parseEnvironment({ [name]: value })).toEqual(parseConfig(config, 'fourwire.json'))
  }
})

test('the help has no empty defaults', async () => {
  expect(await help(['dns'])).not.toContain('(default: )')
})

test('the schema of the config file has no metadata of flags', () => {
  expect(JSON.stringify(configJsonSchema())).not.toContain('"placeholder"')
})

/** The length of the longest line before the example, which is a command to copy. */
function widthOf(shown: string): number {
  const [text = ''] = shown.split('\nExample:')
  return Math.max(...text.split('\n').map(({ length }) => length))
}

test('on a terminal whose size is not known, help is at most 80 columns wide', async () => {
  expect(widthOf(await help(['http'], 0))).toBeLessThanOrEqual(80)
})

test.each(COMMANDS)('without a terminal, the help of "fourwire %s" is at most 80 columns wide', async command => {
  expect(widthOf(await help(command.split(' ').filter(word => word !== '')))).toBeLessThanOrEqual(80)
})

test('on a terminal, the help is as wide as the terminal', async () => {
  const widths = [100, 120].map(async columns => widthOf(await help(['start'], columns)))
  const [narrow = 0, wide = 0] = await Promise.all(widths)
  expect(narrow).toBeGreaterThan(90)
  expect(narrow).toBeLessThanOrEqual(100)
  expect(wide).toBeGreaterThan(110)
  expect(wide).toBeLessThanOrEqual(120)
})

test('the usage of ftp put shows that the last argument is the URL', async () => {
  expect(await help(['ftp', 'put'])).toContain('Usage: fourwire ftp put [options] <file...> <url>\n')
})
