/**
 * Derives flags from a zod object: one for each key, with its help, short form and default. Servers and clients both use
 * it, so that a flag, its environment variable and its help always agree. Pure.
 */
import { Option } from 'commander'
import * as z from 'zod'

/** One key of an options object, as the launcher sees it. */
export interface Field {
  readonly key: string
  readonly kind: 'text' | 'number' | 'boolean' | 'list'
  readonly description: string
  readonly default: unknown
  /** The name of the value in the help: `N` in `--port N`. */
  readonly placeholder: string
  /** The flag from `.meta({ flag: '-o, --output' })`; false if the key has no flag: `.meta({ flag: false })`. */
  readonly flag: string | false | undefined
  readonly choices: readonly string[] | undefined
  readonly required: boolean
}

const jsonFieldSchema = z.looseObject({
  type: z.string().optional(),
  description: z.string().default(''),
  default: z.unknown().optional(),
  placeholder: z.string().optional(),
  flag: z.union([z.string(), z.literal(false)]).optional(),
  enum: z.array(z.string()).optional(),
})

/** Returns the JSON schema of an options object; keys with a default are optional. */
export function jsonSchema(schema: z.ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    override: ({ jsonSchema: json }) => {
      const { properties, required } = json
      if (!properties || !required) return
      json.required = required.filter(key => !('default' in Object(properties[key])))
      if (json.required.length === 0) delete json.required
    },
  })
}

/** The fields of each schema: to derive them takes milliseconds, and a start needs those of every service several times. */
const FIELDS = new WeakMap<z.ZodObject, readonly Field[]>()

/** Returns the keys of an options object as fields, in the order of their declaration. */
export function fieldsOf(schema: z.ZodObject): readonly Field[] {
  const known = FIELDS.get(schema)
  if (known) return known
  const { properties = {}, required = [] } = jsonSchema(schema)
  const fields = Object.entries(properties).map(([key, json]) =>
    toField(key, jsonFieldSchema.parse(json), required.includes(key)),
  )
  FIELDS.set(schema, fields)
  return fields
}

function toField(key: string, json: z.output<typeof jsonFieldSchema>, required: boolean): Field {
  const kind = KINDS[String(json.type)] ?? 'text'
  return {
    key,
    kind,
    description: json.description,
    default: json.default,
    placeholder: json.placeholder ?? (kind === 'number' ? 'N' : key.replace(/[A-Z]/g, '_$&').toUpperCase()),
    flag: json.flag,
    choices: json.enum,
    required,
  }
}

const KINDS: Record<string, Field['kind']> = {
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  array: 'list',
}

/** Converts `passivePorts` to `passive-ports`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** Converts `passivePorts` to `PASSIVE_PORTS`. */
export function upperSnakeCase(key: string): string {
  return kebabCase(key).replaceAll('-', '_').toUpperCase()
}

/**
 * Creates the commander option for a field. The help shows its default, but commander does not set it: without the flag the
 * value must stay undefined, so that environment and config file apply.
 *
 * @param prefix precedes the name: `dns-` makes `--dns-port`
 */
export function toOption(field: Field, prefix = ''): Option {
  const name = field.flag || `--${prefix}${kebabCase(field.key)}`
  const isOnByDefault = field.kind === 'boolean' && field.default === true
  const flags = isOnByDefault ? name.replace('--', '--no-') : name
  const value = field.kind === 'boolean' ? '' : ` <${field.placeholder}>`
  const option = new Option(
    `${flags}${value}`,
    `${isOnByDefault ? 'without ' : ''}${field.description}${defaultNote(field)}`,
  )
  if (field.kind === 'list') option.argParser<unknown[]>((text, previous) => [...(previous ?? []), text])
  return option
}

/** Returns ` (default: 5300)`; empty if there is no default to show. */
export function defaultNote({ kind, default: value }: Field): string {
  if (kind === 'boolean' || value === undefined || value === '') return ''
  if (Array.isArray(value)) return value.length === 0 ? '' : ` (default: ${value.join(', ')})`
  return ` (default: ${String(value)})`
}

/**
 * Parses a flag's or variable's text to the type that the field's schema expects. Text of another type stays text, so that
 * the schema's error quotes it.
 */
export function parseText(field: Pick<Field, 'kind'>, text: string): unknown {
  if (field.kind === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (field.kind === 'boolean') return BOOLEANS[text.toLowerCase()] ?? text
  if (field.kind === 'list') return text.split(',').map(part => part.trim())
  return text
}

const BOOLEANS: Record<string, boolean> = { true: true, '1': true, yes: true, false: false, '0': false, no: false }
