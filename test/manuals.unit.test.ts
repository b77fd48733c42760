/** Checks that every room's README has the same sections and that its table of options matches the options. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type * as z from 'zod'
import { clients } from '../clients/index.ts'
import { servers } from '../servers/index.ts'
import { fieldsOf, toOption, upperSnakeCase } from '../shared/launcher/settings/flags.ts'
import type { ClientDefinition } from '../shared/service.ts'
import { ROOT } from './helpers/pure.ts'

const SECTIONS = ['Name', 'Synopsis', 'Description', 'Options', 'Examples', 'RFCs']
const COMMON = ['--json', '--trace', '--timeout SECONDS', '--data DIR']

const SERVERS = Object.entries(servers).map(
  ([name, { options }]) => [`servers/${name}`, serverRows(name, options)] as const,
)
const CLIENTS = Object.entries(clients).map(([name, client]) => [`clients/${name}`, clientRows(client)] as const)

/** Returns the first cells of a server's rows: flag and environment variable. */
function serverRows(name: string, options: z.ZodObject): string[] {
  return fieldsOf(options)
    .filter(({ flag }) => flag !== false)
    .map(
      field =>
        `${readmeForm(toOption(field, `${name}-`).flags)} FOURWIRE_${upperSnakeCase(name)}_${upperSnakeCase(field.key)}`,
    )
}

function clientRows({ commands }: ClientDefinition): string[] {
  const own = commands.flatMap(({ input, positional }) =>
    fieldsOf(input)
      .filter(({ key }) => !positional.includes(key))
      .map(field => readmeForm(toOption(field).flags)),
  )
  return [...new Set([...own, ...COMMON])]
}

/** Converts `--port <N>` to the README's form `--port N`. */
function readmeForm(flags: string): string {
  return flags.replace(/[<>]/g, '').replace(/\.\.\./, '')
}

/** Returns the sections of a manual by heading. */
function sectionsOf(room: string): ReadonlyMap<string, string> {
  const text = readFileSync(path.join(ROOT, room, 'README.md'), 'utf8')
  const [, ...parts] = text.split(/^## /m)
  return new Map(parts.map(part => [part.slice(0, part.indexOf('\n')), part]))
}

/** Returns the code in the first cells of a table's rows. */
function rowsOf(section: string, cells: number): string[] {
  return [...section.matchAll(/^\| `.*$/gm)].map(([row]) =>
    row
      .split(' | ')
      .slice(0, cells)
      .map(cell => cell.replace(/^\| |`/g, ''))
      .join(' '),
  )
}

test.each([...SERVERS, ...CLIENTS])('%s has the sections of a manual, in order', room => {
  const sections = sectionsOf(room)
  expect([...sections.keys()]).toEqual(SECTIONS)
  expect(sections.get('RFCs')).toMatch(/^RFCs\nImplemented:\n[\s\S]*^Left out, and why:\n- /m)
})

test.each(SERVERS)(
  '%s: the table has every option with flag, environment variable, default and meaning',
  (room, rows) => {
    const options = sectionsOf(room).get('Options') ?? ''
    expect(options).toContain('| flag | environment | default | meaning |')
    expect(rowsOf(options, 2)).toEqual(rows)
  },
)

test.each(CLIENTS)('%s: the table has every flag', (room, rows) => {
  const options = sectionsOf(room).get('Options') ?? ''
  expect(options).toContain('| flag | meaning |')
  expect(rowsOf(options, 1)).toEqual(rows)
})
