/** What stands before the data of a record in a master file (RFC 1035, section 5.1). Pure. */
import { classes, isMetaType, parseTypeName, type TypeName } from '../../../shared/dns/codes.ts'
import { MAX_TTL, parseDuration } from '../../../shared/dns/rdata/numbers.ts'
import { ParseError, type Token } from '../../../shared/dns/rdata/tokens.ts'

interface Head {
  /** Seconds; undefined where it says none. */
  readonly ttl: number | undefined
  readonly type: TypeName
  /** Which word the data begins with. */
  readonly dataAt: number
}

/**
 * What stands between owner and data: a TTL and a class, both optional and in any order, and the type.
 *
 * @throws ParseError for what is none of them
 */
export function parseRecordHead(words: readonly Token[], start: number): Head {
  let ttl: number | undefined
  let seenClass = false
  for (let at = start; at < words.length; at++) {
    const text = words[at]?.text ?? ''
    if (ttl === undefined && isDigit(text)) ttl = readTtl(text)
    else if (!seenClass && classes.code(text) !== undefined) seenClass = isInternet(text)
    else return { ttl, type: readType(text), dataAt: at + 1 }
  }
  throw new ParseError('the record has no type')
}

/** No class and no type begins with a digit. */
function isDigit(text: string): boolean {
  return text >= '0' && text < ':'
}

function readTtl(text: string): number {
  const ttl = parseDuration(text)
  if (ttl === undefined) throw new ParseError(`${quoted(text)} is not a TTL: 3600 or 1h, at most ${MAX_TTL} seconds`)
  return ttl
}

const INTERNET = 1

function isInternet(text: string): true {
  if (classes.code(text) !== INTERNET) throw new ParseError(`only class IN is served, not ${text}`)
  return true
}

function readType(text: string): TypeName {
  const type = parseTypeName(text)
  if (!type) throw new ParseError(`${quoted(text)} is not a record type`)
  if (isMetaType(type)) throw new ParseError(`a zone cannot hold records of type ${type}`)
  return type
}

/** As errors quote what somebody wrote. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}
