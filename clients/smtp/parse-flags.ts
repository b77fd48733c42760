/** Checks the flags of `fourwire smtp send` that depend on each other, and parses those with a syntax of their own. Pure. */
import { UsageError } from '../../shared/errors.ts'
import type { SendInput } from './options.ts'
import type { Credentials, DsnRequest, SmtpEncryption } from './request.ts'

const PARTS = ['subject', 'text', 'file', 'html', 'htmlFile', 'attach', 'inline'] as const

/**
 * Checks that the flags describe one message.
 *
 * @throws UsageError if there is no recipient, nothing to send, or two flags exclude each other
 */
export function checkMessageFlags(input: SendInput): void {
  if ((input.to ?? input.cc ?? input.bcc) === undefined)
    throw new UsageError('give a recipient, as in: --to ADDRESS, or with --cc or --bcc')
  exclude(input, 'text', 'file')
  exclude(input, 'html', 'htmlFile')
  for (const part of PARTS) exclude(input, 'eml', part)
  if ([input.file, input.htmlFile].every(name => name === '-'))
    throw new UsageError('--file - and --html-file - both read standard input. Give a file for one of them')
  if (input.inline && (input.html ?? input.htmlFile) === undefined)
    throw new UsageError('--inline is an image of the HTML. Give --html or --html-file with it, or use --attach')
  if (input.eml === undefined && PARTS.every(part => input[part] === undefined))
    throw new UsageError('the message is empty. Give --subject, --text, --file, --html, --attach or --eml')
}

/** @throws UsageError if more than one kind of encryption is given */
export function parseEncryption(input: SendInput): SmtpEncryption | undefined {
  exclude(input, 'tls', 'starttls')
  exclude(input, 'tls', 'starttlsIfOffered')
  exclude(input, 'starttls', 'starttlsIfOffered')
  if (input.tls) return 'implicit'
  if (input.starttls) return 'starttls'
  return input.starttlsIfOffered ? 'opportunistic' : undefined
}

/** @throws UsageError if only one of both is given */
export function parseCredentials({ user, password }: SendInput): Credentials | undefined {
  if (user === undefined && password === undefined) return undefined
  if (user !== undefined && password !== undefined) return { user, password }
  const [given, missing] = user === undefined ? ['password', 'user'] : ['user', 'password']
  throw new UsageError(`--${given} needs --${missing}. Give both, or none to send without logging in`)
}

const EVENTS = ['success', 'failure', 'delay'] as const

/** @throws UsageError if --notify is not valid */
export function parseDsn({ notify, ret, envid }: SendInput): DsnRequest | undefined {
  if ((notify ?? ret ?? envid) === undefined) return undefined
  return { ret, envid, notify: notify === undefined ? undefined : parseNotify(notify) }
}

function parseNotify(text: string): DsnRequest['notify'] {
  const words = text.toLowerCase().split(',')
  if (words.length === 1 && words[0] === 'never') return 'never'
  const events = EVENTS.filter(event => words.includes(event))
  if (events.length === words.length) return events
  throw new UsageError(
    `--notify: ${JSON.stringify(text)} is not valid. Give "never", or some of "success,failure,delay", each once`,
  )
}

/** @throws UsageError if both flags are given */
function exclude(input: SendInput, one: keyof SendInput, other: keyof SendInput): void {
  const isGiven = (key: keyof SendInput) => input[key] !== undefined && input[key] !== false
  if (!isGiven(one) || !isGiven(other)) return
  throw new UsageError(`${flagOf(one)} and ${flagOf(other)} exclude each other. Give one of them`)
}

/** `--html-file` for `htmlFile`. */
function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}
