/** SVCB and HTTPS: service bindings (RFC 9460). */
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

const prefix = fields<Pick<SvcbData, 'priority' | 'target'>>({ priority: u16('priority'), target: name('target') })

export const svcb: Codec<SvcbData> = {
  read: (reader, end) => ({ ...prefix.read(reader, end), params: readParams(reader, end) }),
  write(writer, data) {
    prefix.write(writer, data)
    for (const [code, codec, value] of sortParams(data.params)) {
      const bytes = codec.write(value)
      writer.u16(code)
      writer.u16(bytes.length)
      writer.bytes(bytes)
    }
  },
  parse(tokens) {
    const start = prefix.parse(tokens)
    const params = parseParams(tokens)
    if (start.priority === 0 && Object.keys(params).length > 0) {
      throw new ParseError('priority 0 makes the record an alias, which has no parameters')
    }
    return { ...start, params }
  },
  print: data => [prefix.print(data), ...sortParams(data.params).map(printParam)].join(' '),
}

/** The codec of a parameter with a known or an unknown key. */
type ParamCodec = Omit<SvcParamCodec<unknown>, 'code' | 'parse'>

type Param = readonly [code: number, codec: ParamCodec, value: unknown]

/** Sorts the parameters by number, as in wire format (RFC 9460, section 2.2). */
function sortParams(params: SvcParams): Param[] {
  return Object.entries(params)
    .map(([key, value]): Param => [paramNumber(key), codecOf(key), value])
    .sort(([one], [other]) => one - other)
}

function codecOf(key: string): ParamCodec {
  const codec = Object.hasOwn(SVC_PARAMS, key) ? SVC_PARAMS[key as keyof typeof SVC_PARAMS] : UNKNOWN_PARAM
  // Safe: callers pass the value that `SvcParams` has for the same key.
  return codec as ParamCodec
}

type MutableParams = Record<string, unknown>

/** Safe: the codec of each key has made its value. */
const toSvcParams = (params: MutableParams): SvcParams => params as SvcParams

function readParams(reader: WireReader, end: number): SvcParams {
  const params: MutableParams = {}
  let last = -1
  while (reader.offset < end) {
    const [code, length] = [reader.u16(), reader.u16()]
    if (code <= last) throw new FormatError('SvcParams are not in ascending order')
    if (reader.offset + length > end) throw new FormatError('a SvcParam extends past the end of the data')
    last = code
    const key = paramName(code)
    params[key] = readValue(key, reader.take(length))
  }
  return toSvcParams(params)
}

/** Reads the value of a parameter, which must use all of the bytes. */
function readValue(key: string, bytes: Uint8Array): unknown {
  const reader = new WireReader(bytes)
  const value = codecOf(key).read(reader)
  if (reader.remaining > 0) throw new FormatError(`the value of SvcParam ${key} is too long`)
  return value
}

function printParam([code, codec, value]: Param): string {
  const text = codec.print(value)
  return text === '' ? paramName(code) : `${paramName(code)}=${text}`
}

function parseParams(tokens: TokenReader): SvcParams {
  const params: MutableParams = {}
  while (tokens.remaining > 0) {
    const { keyText, key, value } = takeParam(tokens)
    if (Object.hasOwn(params, key)) throw new ParseError(`duplicate parameter ${key}`)
    try {
      // `takeParam` has rejected unknown names.
      const known = SVC_PARAMS[key as keyof typeof SVC_PARAMS]
      params[key] = isNumbered(keyText) ? readValue(key, value ?? NO_BYTES) : known.parse(value)
    } catch (error) {
      const isInvalid = error instanceof ParseError || error instanceof FormatError
      throw isInvalid ? new ParseError(`parameter ${keyText}: ${error.message}`) : error
    }
  }
  return checkParams(toSvcParams(params))
}

const NO_BYTES = Buffer.alloc(0)

/** The value of `key1` is in wire format, although the key has a name, `alpn` (RFC 9460, section 2.1). */
function isNumbered(keyText: string): boolean {
  return /^key\d/.test(keyText)
}

/** Consumes `key`, `key=value` or `key="value"`, which is two tokens. */
function takeParam(tokens: TokenReader): { keyText: string; key: string; value: Buffer | undefined } {
  const { text, quoted } = tokens.take('parameter')
  const equals = text.indexOf('=')
  const keyText = (equals < 0 ? text : text.slice(0, equals)).toLowerCase()
  if (quoted) throw new ParseError(`${excerpt(text)} is not a valid parameter`)
  const key = paramName(paramNumber(keyText))
  if (equals < 0) return { keyText, key, value: undefined }
  const next = tokens.peek
  const value =
    equals === text.length - 1 && next?.quoted && next.joined ? tokens.text('value') : text.slice(equals + 1)
  return { keyText, key, value: unescapeString(value) }
}

/** RFC 9460, section 8: mandatory keys must be present; section 7.1.1: `no-default-alpn` requires `alpn`. */
function checkParams(params: SvcParams): SvcParams {
  for (const key of params.mandatory ?? []) {
    if (!Object.hasOwn(params, key)) throw new ParseError(`mandatory parameter ${key} is missing`)
  }
  if (params['no-default-alpn'] && !params.alpn) throw new ParseError('parameter no-default-alpn requires alpn')
  return params
}
