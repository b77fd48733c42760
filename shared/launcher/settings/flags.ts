/**
 * From a zod object to what a person can type: one flag a key, with its help, short form and default. Pure. Servers' and
 * clients' options both come through here, so a flag, its environment variable and its help cannot disagree.
 */
import { Option } from 'commander'
import * as z from 'zod'

/** What the launcher knows of one key of an options object. */
export interface Field {
  readonly key: string
  readonly kind: 'text' | 'number' | 'boolean' | 'list'
  readonly description: string
  readonly default: unknown
  /** As in `--port N`. */
  readonly placeholder: string
  /** A flag spelled out with `.meta({ flag: '-o, --output' })`; false where `.meta({ flag: false })` says there is none. */
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

/** The JSON schema of what an options object holds, every key optional where it has a default. */
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

/** The keys of an options object as fields, in the order in which they were written. */
export function fieldsOf(schema: z.ZodObject): Field[] {
  const { properties = {}, required = [] } = jsonSchema(schema)
  return Object.entries(properties).map(([key, json]) =>
    toField(key, jsonFieldSchema.parse(json), required.includes(key)),
  )
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

/** `passivePorts` -> `passive-ports`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** `passivePorts` -> `PASSIVE_PORTS`. */
export function upperSnakeCase(key: string): string {
  return kebabCase(key).replaceAll('-', '_').toUpperCase()
}

/**
 * The commander option for a field. Defaults are shown, not set: what was not typed must stay undefined, so that the
 * environment and the config file get their turn.
 *
 * @param prefix what stands before the name: `dns-` makes `--dns-port`
 */
export function toOption(field: Field, prefix = ''): Option {
  const name = field.flag || `--${prefix}${kebabCase(field.key)}`
  const on = field.kind === 'boolean' && field.default === true
  const flags = on ? name.replace('--', '--no-') : name
  const value = field.kind === 'boolean' ? '' : ` <${field.placeholder}>`
  const option = new Option(`${flags}${value}`, `${on ? 'without ' : ''}${field.description}${defaultNote(field)}`)
  if (field.kind === 'list') option.argParser<unknown[]>((text, before) => [...(before ?? []), text])
  return option
}

/** As in ` (default: 5300)`; nothing where there is none worth telling. */
export function defaultNote({ kind, default: value }: Field): string {
  if (kind === 'boolean' || value === undefined || value === '') return ''
  if (Array.isArray(value)) return value.length === 0 ? '' : ` (default: ${value.join(', ')})`
  return ` (default: ${String(value)})`
}

/**
 * A text, typed or from the environment, as the value that the field's schema expects. What does not fit stays a text,
 * so that the schema's own error quotes it.
 */
export function parseText(field: Pick<Field, 'kind'>, text: string): unknown {
  if (field.kind === 'number') return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  if (field.kind === 'boolean') return BOOLEANS[text.toLowerCase()] ?? text
  if (field.kind === 'list') return text.split(',').map(part => part.trim())
  return text
}

const BOOLEANS: Record<string, boolean> = { true: true, '1': true, yes: true, false: false, '0': false, no: false }
