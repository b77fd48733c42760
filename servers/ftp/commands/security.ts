/** TLS: AUTH, PBSZ, PROT and CCC (RFC 2228, section 3; RFC 4217). */
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import type { Commands, Reply } from './command.ts'

/** Two names of one mechanism (RFC 4217, section 17). `SSL` and `TLS-P`, which imply PROT P, are deprecated there. */
const MECHANISMS: readonly string[] = ['TLS', 'TLS-C']

/** The session then continues as after the greeting: the client must log in again. */
async function auth(state: SessionState, _reply: Reply, argument: string): Promise<void> {
  const mechanism = argument.toUpperCase()
  if (mechanism === '') throw new ReplyError(501, 'AUTH needs a mechanism: TLS')
  if (!MECHANISMS.includes(mechanism)) throw new ReplyError(504, 'The only mechanism is TLS')
  requireCertificate(state)
  if (state.tls) throw new ReplyError(503, 'TLS is active already')
  await state.environment.startTls(234, 'Begin the TLS handshake')
}

/** TLS has no buffer size of its own, so every size becomes 0 (RFC 4217, section 9). */
function pbsz(state: SessionState, reply: Reply, argument: string): void {
  requireTls(state)
  // RFC 2228, section 3: a 32-bit number.
  if (!/^\d{1,10}$/.test(argument) || Number(argument) > 0xffffffff) throw new ReplyError(501, 'PBSZ needs a number')
  state.hasBufferSize = true
  reply(200, 'PBSZ=0')
}

function prot(state: SessionState, reply: Reply, argument: string): void {
  requireTls(state)
  if (!state.hasBufferSize) throw new ReplyError(503, 'PBSZ comes first')
  const level = argument.toUpperCase()
  if (level === 'S' || level === 'E') throw new ReplyError(536, 'TLS has only PROT P and PROT C')
  if (level !== 'P' && level !== 'C') throw new ReplyError(504, 'PROT needs P or C')
  if (level === 'C' && state.environment.tlsPolicy.isRequired) throw new ReplyError(534, 'TLS is required; use PROT P')
  state.protection = level === 'P' ? 'private' : 'clear'
  reply(200, level === 'P' ? 'Data connections use TLS' : 'Data connections are in clear')
}

/** After a login, another machine between client and server could send commands in clear. */
function ccc({ tls }: SessionState): void {
  if (!tls) throw new ReplyError(533, 'The control connection is in clear already')
  throw new ReplyError(534, 'The control connection stays in TLS')
}

function requireCertificate({ environment }: SessionState): void {
  if (environment.tlsPolicy.isAvailable) return
  throw new ReplyError(502, 'TLS is not available: the server has no certificate')
}

/** RFC 2228 has PBSZ and PROT only after the security data exchange. */
function requireTls(state: SessionState): void {
  requireCertificate(state)
  if (!state.tls) throw new ReplyError(503, 'AUTH TLS comes first')
}

/** Returns a feature that FEAT shows only if the server has TLS. */
function withTls(feature: string): (state: SessionState) => string | undefined {
  return ({ environment }) => (environment.tlsPolicy.isAvailable ? feature : undefined)
}

export const security: Commands = {
  AUTH: { syntax: 'TLS', requires: 'nothing', feature: withTls('AUTH TLS'), run: auth },
  PBSZ: { syntax: '0', requires: 'nothing', feature: withTls('PBSZ'), run: pbsz },
  PROT: { syntax: 'C | P', requires: 'nothing', feature: withTls('PROT'), run: prot },
  CCC: { syntax: '', requires: 'nothing', run: ccc },
}
