/** Parses the fields of a record before its data: TTL, class and type (RFC 1035, section 5.1). Pure. */
import { classes, isMetaType, parseTypeName, type TypeName } from '../../../shared/dns/codes.ts'
import { excerpt } from '../../../shared/dns/excerpt.ts'
import { MAX_TTL, parseDuration } from '../../../shared/dns/rdata/numbers.ts'
import { ParseError, type Token } from '../../../shared/dns/rdata/tokens.ts'

interface RecordFields {
  /** Seconds; undefined if the record has no TTL. */
  readonly ttl: number | undefined
  readonly type: TypeName
  /** The index of the first token of the data. */
  readonly dataIndex: number
}

/**
 * Parses an optional TTL and an optional class, in any order, and the type.
 *
 * @param start the index of the token after the owner
 * @throws ParseError if a field is invalid or the type is missing
 */
export function parseRecordFields(tokens: readonly Token[], start: number): RecordFields {
  let ttl: number | undefined
  let hasClass = false
  for (let index = start; index < tokens.length; index++) {
    const text = tokens[index]?.text ?? ''
    if (ttl === undefined && startsWithDigit(text)) {
      ttl = parseTtl(text)
    } else if (!hasClass && classes.code(text) !== undefined) {
      checkClass(text)
      hasClass = true
    } else {
      return { ttl, type: parseType(text), dataIndex: index + 1 }
    }
  }
  throw new ParseError('the record has no type')
}

/** No class and no type starts with a digit. */
function startsWithDigit(text: string): boolean {
  return text >= '0' && text < ':'
}

function parseTtl(text: string): number {
  const ttl = parseDuration(text)
  if (ttl === undefined) {
    throw new ParseError(`${excerpt(text)} is not a TTL such as 3600 or 1h, at most ${MAX_TTL} seconds`)
  }
  return ttl
}

const INTERNET = 1

function checkClass(text: string): void {
  if (classes.code(text) !== INTERNET) throw new ParseError(`only class IN is served, not ${text}`)
}

function parseType(text: string): TypeName {
  const type = parseTypeName(text)
  if (!type) throw new ParseError(`${excerpt(text)} is not a record type`)
  if (isMetaType(type)) throw new ParseError(`a zone cannot hold records of type ${type}`)
  return type
}
