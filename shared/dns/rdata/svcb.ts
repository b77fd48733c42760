/** SVCB and HTTPS: how a service is reached (RFC 9460). */
import type { SvcbData, SvcParams } from '../data.ts'
import { excerpt } from '../excerpt.ts'
import { FormatError } from '../message.ts'
import { WireReader } from '../wire-reader.ts'
import { type Codec, fields } from './codec.ts'
import { u16 } from './numbers.ts'
import { name } from './strings.ts'
import { paramName, paramNumber, SVC_PARAMS, type SvcParamCodec, UNKNOWN_PARAM } from './svc-params.ts'
import { unescapeString } from './text.ts'
import { ParseError, type TokenReader } from './tokens.ts'

const head = fields<Pick<SvcbData, 'priority' | 'target'>>({ priority: u16('priority'), target: name('target') })

export const svcb: Codec<SvcbData> = {
  read: (reader, end) => ({ ...head.read(reader, end), params: readParams(reader, end) }),
  write(writer, data) {
    head.write(writer, data)
    for (const [code, form, value] of sorted(data.params)) {
      const bytes = form.write(value)
      writer.u16(code)
      writer.u16(bytes.length)
      writer.bytes(bytes)
    }
  },
  parse(tokens) {
    const start = head.parse(tokens)
    const params = parseParams(tokens)
    if (start.priority === 0 && Object.keys(params).length > 0) {
      throw new ParseError('with priority 0 the record is an alias, which has no parameters')
    }
    return { ...start, params }
  },
  print: data => [head.print(data), ...sorted(data.params).map(printParam)].join(' '),
}

/** What any parameter has, known by a name or by its number alone. */
type ParamForm = Omit<SvcParamCodec<unknown>, 'code' | 'parse'>

type Param = readonly [code: number, form: ParamForm, value: unknown]

/** By their numbers: the order on the wire (RFC 9460, section 2.2). */
function sorted(params: SvcParams): Param[] {
  return Object.entries(params)
    .map(([key, value]): Param => [paramNumber(key), formOf(key), value])
    .sort(([one], [other]) => one - other)
}

/** A parameter's form takes that parameter's value, which the interface of all of them holds together. */
function formOf(key: string): ParamForm {
  const form = Object.hasOwn(SVC_PARAMS, key) ? SVC_PARAMS[key as keyof typeof SVC_PARAMS] : UNKNOWN_PARAM
  return form as ParamForm
}

type Collected = Record<string, unknown>

/** Each value was made by the form of its key, which is what the interface says; the compiler cannot see that. */
const collected = (params: Collected): SvcParams => params as SvcParams

function readParams(reader: WireReader, end: number): SvcParams {
  const params: Collected = {}
  let last = -1
  while (reader.offset < end) {
    const [code, length] = [reader.u16(), reader.u16()]
    if (code <= last) throw new FormatError('the parameters of a service are not in order')
    if (reader.offset + length > end) throw new FormatError('a parameter of a service ends outside its data')
    last = code
    const key = paramName(code)
    params[key] = readValue(key, reader.take(length))
  }
  return collected(params)
}

/** Reads the value of a parameter from its bytes, all of them. */
function readValue(key: string, bytes: Uint8Array): unknown {
  const reader = new WireReader(bytes)
  const value = formOf(key).read(reader)
  if (reader.left > 0) throw new FormatError(`the parameter ${key} of a service has the wrong length`)
  return value
}

function printParam([code, form, value]: Param): string {
  const text = form.print(value)
  return text === '' ? paramName(code) : `${paramName(code)}=${text}`
}

function parseParams(tokens: TokenReader): SvcParams {
  const params: Collected = {}
  while (tokens.left > 0) {
    const { written, key, value } = takeParam(tokens)
    if (Object.hasOwn(params, key)) throw new ParseError(`the parameter ${key} is there twice`)
    try {
      // What is not written by its number is known by its name, or was refused.
      const known = SVC_PARAMS[key as keyof typeof SVC_PARAMS]
      params[key] = isNumbered(written) ? readValue(key, value ?? NO_BYTES) : known.parse(value)
    } catch (error) {
      const told = error instanceof ParseError || error instanceof FormatError
      throw told ? new ParseError(`the parameter ${written}: ${error.message}`) : error
    }
  }
  return checked(collected(params))
}

const NO_BYTES = Buffer.alloc(0)

/** `key1` is `alpn`, and its value is written as the bytes on the wire, as if it were not known (RFC 9460, section 2.1). */
function isNumbered(written: string): boolean {
  return /^key\d/.test(written)
}

/** `key`, `key=value` or `key="value"`, which is two words. */
function takeParam(tokens: TokenReader): { written: string; key: string; value: Buffer | undefined } {
  const { text, quoted } = tokens.take('parameter')
  const equals = text.indexOf('=')
  const written = (equals < 0 ? text : text.slice(0, equals)).toLowerCase()
  if (quoted) throw new ParseError(`${excerpt(text)} is not a parameter of a service`)
  const key = paramName(paramNumber(written))
  if (equals < 0) return { written, key, value: undefined }
  const next = tokens.peek
  const value =
    equals === text.length - 1 && next?.quoted && next.joined ? tokens.text('value') : text.slice(equals + 1)
  return { written, key, value: unescapeString(value) }
}

/** RFC 9460, section 8: what is mandatory is there; section 7.1.1: `no-default-alpn` needs an `alpn` beside it. */
function checked(params: SvcParams): SvcParams {
  for (const key of params.mandatory ?? []) {
    if (!Object.hasOwn(params, key)) throw new ParseError(`the parameter ${key} is mandatory and not there`)
  }
  if (params['no-default-alpn'] && !params.alpn)
    throw new ParseError('the parameter no-default-alpn needs alpn beside it')
  return params
}
