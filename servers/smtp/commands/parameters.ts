/** The ESMTP parameters of MAIL and RCPT (RFC 5321, section 4.1.2): which ones exist, and what their values are. Pure. */
import type { MailParameters, RecipientParameters } from '../../../shared/store/mail/message.ts'
import { badParameter, type Reply, unknownParameter } from '../replies.ts'
import type { Parameter } from './path.ts'

/** The parameters of MAIL; `size` is what the client declares (RFC 1870). */
export interface SenderParameters extends MailParameters {
  readonly size?: number | undefined
}

/** Returns what a value means; undefined if the value is invalid. */
type Parse<Result> = (value: string | undefined) => Result | undefined

const oneOf =
  <const Value extends string>(...values: readonly Value[]) =>
  (value: string | undefined): Value | undefined =>
    values.find(known => known === value?.toUpperCase())

const MAIL: Readonly<Record<string, Parse<Partial<SenderParameters>>>> = {
  SIZE: value => (value && /^\d{1,20}$/.test(value) ? { size: Number(value) } : undefined),
  BODY: value => wrap('body', oneOf('7BIT', '8BITMIME')(value)),
  SMTPUTF8: value => (value === undefined ? { smtputf8: true } : undefined),
  RET: value => wrap('ret', oneOf('FULL', 'HDRS')(value)),
  ENVID: value => wrap('envid', value && value.length <= MAX_ENVID ? decodeXtext(value) : undefined),
  // RFC 4954, section 5: the sender that another server has authenticated. This server relays nothing, so it has no use.
  AUTH: value => (value && decodeXtext(value) !== undefined ? {} : undefined),
}

const RCPT: Readonly<Record<string, Parse<RecipientParameters>>> = {
  NOTIFY: value => wrap('notify', parseNotify(value)),
  ORCPT: value => wrap('orcpt', value && value.length <= MAX_ORCPT ? parseOriginalRecipient(value) : undefined),
}

/** RFC 3461, sections 4.4 and 4.2. */
const MAX_ENVID = 100
const MAX_ORCPT = 500

export function parseMailParameters(parameters: readonly Parameter[]): SenderParameters | Reply {
  return parse(parameters, MAIL)
}

export function parseRcptParameters(parameters: readonly Parameter[]): RecipientParameters | Reply {
  return parse(parameters, RCPT)
}

function parse<Result extends object>(
  parameters: readonly Parameter[],
  rules: Readonly<Record<string, Parse<Partial<Result>>>>,
): Result | Reply {
  const seen = new Set<string>()
  const parsed = {}
  for (const { keyword, value } of parameters) {
    if (!Object.hasOwn(rules, keyword)) return unknownParameter(keyword)
    const result = seen.has(keyword) ? undefined : rules[keyword]?.(value)
    if (!result) return badParameter(keyword)
    seen.add(keyword)
    Object.assign(parsed, result)
  }
  return parsed as Result
}

function wrap<Key extends string, Value>(key: Key, value: Value | undefined): { [key in Key]: Value } | undefined {
  return value === undefined ? undefined : ({ [key]: value } as { [key in Key]: Value })
}

/** RFC 3461, section 4.1: NEVER by itself, or a list of the others. */
function parseNotify(value = ''): readonly string[] | undefined {
  const events = value.toUpperCase().split(',')
  if (events.length === 1 && events[0] === 'NEVER') return events
  const isValid = events.every(event => ['SUCCESS', 'FAILURE', 'DELAY'].includes(event))
  return isValid && new Set(events).size === events.length ? events : undefined
}

/** RFC 3461, section 4.2: `rfc822;alice@fourwire.test`, the address as xtext. */
function parseOriginalRecipient(value: string): string | undefined {
  const [, type, address] = /^([\w!#$%&'*+/=?^`{|}~.-]+);(.+)$/.exec(value) ?? []
  const decoded = address && decodeXtext(address)
  return decoded ? `${type};${decoded}` : undefined
}

/** RFC 3461, section 4: `+` begins two hexadecimal digits in upper case. Undefined if malformed, or for control characters. */
function decodeXtext(text: string): string | undefined {
  if (/\+(?![\dA-F]{2})/.test(text)) return undefined
  const decoded = text.replace(/\+([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return /\p{Cc}/u.test(decoded) ? undefined : decoded
}
