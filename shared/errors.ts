/**
 * The errors that users see, by cause. Each has the exit code of the command line: 1 the peer refused or failed, 2 wrong
 * usage, 3 the peer could not be reached. Messages have the form `what failed: why. What to do`. Pure.
 */
import { formatAuthority, isLoopback } from './net/address.ts'

/** Base class of the errors whose message is enough for a person: the command line prints no stack for them. */
export abstract class FourwireError extends Error {
  abstract readonly exitCode: 1 | 2 | 3
}

/** A command, flag, option or URL is invalid. The message quotes it and names what is valid. */
export class UsageError extends FourwireError {
  override readonly name: string = 'UsageError'
  readonly exitCode = 2
}

/** The peer answered with a refusal, or violated the protocol. `code` and `text` are the peer's own. */
export class RefusedError extends FourwireError {
  override readonly name: string = 'RefusedError'
  readonly exitCode = 1
  readonly code: number | string
  readonly text: string

  /** @param options.message replaces the message made from code and text */
  constructor(code: number | string, text: string, options?: { message?: string; cause?: unknown }) {
    // Numbers are the protocol's own codes, which people look up; words are only for programs.
    super(options?.message ?? (typeof code === 'number' ? `${code} ${text}` : text), { cause: options?.cause })
    this.code = code
    this.text = text
  }
}

export interface UnreachableOptions {
  /** What to start if the address is on this machine: `http`, `dns --tls`. */
  readonly service?: string | undefined
  /** What to do instead of starting the service. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** No server answered at an address. The message names the address, the reason and what to do. */
export class UnreachableError extends FourwireError {
  override readonly name = 'UnreachableError'
  readonly exitCode = 3
  readonly address: string
  readonly reason: string
  /** The service that the caller could start; undefined if the address is not on this machine. */
  readonly service: string | undefined

  constructor(address: string, reason: string, { service, hint, cause }: UnreachableOptions = {}) {
    const local = isLoopback(hostOfAddress(address)) ? service : undefined
    const advice = hint ?? (local && `Is it running? Start it with: fourwire start ${local}`)
    super(`could not reach ${address}: ${reason}${advice ? `. ${advice}` : ''}`, { cause })
    this.address = address
    this.reason = reason
    this.service = local
  }
}

/** The host of `127.0.0.1:53` and `[::1]:53`. */
function hostOfAddress(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

/** A service cannot bind its port. The message names the service, the address and how to choose another. */
export class BindError extends FourwireError {
  override readonly name = 'BindError'
  readonly exitCode = 1
  readonly port: number

  /** @param option the service's option that sets the port */
  constructor(service: string, host: string, port: number, cause: NodeJS.ErrnoException, option = 'port') {
    const code = String(cause.code)
    const reason = BIND_REASONS[code] ?? cause.message
    const advice = ADDRESS_PROBLEMS.has(code)
      ? `Choose another with --host, or --${service}-host for this service`
      : `Choose another with --${service}-${option}, or 0 for any free port`
    super(`cannot listen on ${formatAuthority(host, port)} (${service}): ${reason}. ${advice}`, { cause })
    this.port = port
  }
}

const BIND_REASONS: Record<string, string> = {
  EADDRINUSE: 'port in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the host name could not be resolved',
}

const ADDRESS_PROBLEMS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'])

const UNREACHABLE_REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the host name could not be resolved',
  ETIMEDOUT: 'it did not answer in time',
}

/**
 * Returns the reason why a connection failed, in words, for an `UnreachableError`; undefined if the error has nothing to
 * do with reaching the peer.
 */
export function unreachableReason(error: unknown): string | undefined {
  const code = errorCode(error)
  return code === undefined ? undefined : UNREACHABLE_REASONS[code]
}

/** Returns the `code` of a system error, also from its causes and from the first part of an AggregateError. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  return errorCode(error.cause)
}

/** Returns the message of an error, or any other thrown value as text. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
