/**
 * The few errors a user meets, split by whose fault it is. Pure. Each carries the exit code of the command line:
 * 1 the other end refused or failed, 2 wrong usage, 3 the other end could not be reached.
 */

/** The base of all errors that are meant to be read by a person: their message says all, no stack is shown. */
export abstract class FourwireError extends Error {
  abstract readonly exitCode: 1 | 2 | 3
}

/** The command, flag, option or URL given makes no sense. The message quotes it and says what would. */
export class UsageError extends FourwireError {
  override readonly name = 'UsageError'
  readonly exitCode = 2
}

/** The other end answered, and said no (or broke the protocol). `code` and `text` are its own words. */
export class RefusedError extends FourwireError {
  override readonly name: string = 'RefusedError'
  readonly exitCode = 1
  readonly code: number | string
  readonly text: string

  constructor(code: number | string, text: string, options?: { message?: string; cause?: unknown }) {
    // A number is the wire's own code, which people look up; a word is only for programs.
    super(options?.message ?? (typeof code === 'number' ? `${code} ${text}` : text), { cause: options?.cause })
    this.code = code
    this.text = text
  }
}

/** Nothing answered there. The message names the address and what to start. */
export class UnreachableError extends FourwireError {
  override readonly name = 'UnreachableError'
  readonly exitCode = 3
  readonly address: string

  /** @param options.service what to start, or `hint`, the way out in other words */
  constructor(address: string, why: string, options: { service?: string; hint?: string; cause?: unknown } = {}) {
    const start = options.service && `is it running? start it with: fourwire start ${options.service}`
    const hint = options.hint ?? start
    super(`could not reach ${address}: ${why}${hint ? `; ${hint}` : ''}`, { cause: options.cause })
    this.address = address
  }
}

/** A service could not take its port. The message names the service, the port and how to choose another. */
export class BindError extends FourwireError {
  override readonly name = 'BindError'
  readonly exitCode = 1

  /** @param option the service's option that gives the port */
  constructor(service: string, host: string, port: number, cause: NodeJS.ErrnoException, option = 'port') {
    const code = String(cause.code)
    const why = BIND_REASONS[code] ?? cause.message
    const other = ADDRESS_PROBLEMS.has(code)
      ? `choose another with --host ADDRESS, or --${service}-host ADDRESS for this service`
      : `choose another with --${service}-${option} N (0 takes any free port)`
    super(`${service} could not listen on ${host} port ${port}: ${why}; ${other}`, { cause })
  }
}

const BIND_REASONS: Record<string, string> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not bind that port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'that is no address, and no name of one',
  EAI_AGAIN: 'that name could not be resolved',
}

const ADDRESS_PROBLEMS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'])

const UNREACHABLE_REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name could not be resolved',
  ETIMEDOUT: 'it did not answer in time',
}

/**
 * Says in words why a connection could not be made, for an `UnreachableError`.
 * Returns undefined for an error that is not about reaching the other end.
 */
export function unreachableReason(error: unknown): string | undefined {
  const code = errorCode(error)
  return code === undefined ? undefined : UNREACHABLE_REASONS[code]
}

/** The `code` of a system error, looked for in its causes and in the parts of an AggregateError too. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  return errorCode(error.cause)
}

/** The message of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
