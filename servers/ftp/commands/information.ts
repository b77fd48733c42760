/** Commands about the server and the session: SYST, NOOP, CLNT, and STAT without a path. */
import { plainHost } from '../../../shared/net/address.ts'
import { accountOf, type SessionState } from '../session/state.ts'
import { type Commands, type Reply, withArgument } from './command.ts'
import { delegate } from './delegated.ts'

/** Lines of the STAT reply: the connection and the transfer parameters (RFC 959, section 4.1.3). */
export function describeSession(state: SessionState): string[] {
  const { dataConnection } = state.environment
  return [
    'Fourwire FTP server',
    `Connected from ${plainHost(dataConnection.clientHost)}`,
    `Logged in as ${accountOf(state)?.name ?? 'none'}`,
    `The control connection is ${state.tls ? 'in TLS' : 'in clear'}, data connections ${state.protection === 'private' ? 'in TLS' : 'in clear'}`,
    `Working directory is ${state.files.currentDirectory()}`,
    `TYPE is ${state.type}; STRU is file; MODE is stream`,
    `HASH uses ${state.hashAlgorithm}`,
    `A data connection ${state.connector ? 'is set up' : 'is not set up'}; it may take ${dataConnection.timeout / 1000} seconds to open`,
    'End',
  ]
}

/** The name of the client's program, for the log. */
function clnt(state: SessionState, reply: Reply, program: string): void {
  state.environment.log('client program', { program })
  reply(200, 'Noted')
}

export const information: Commands = {
  SYST: delegate('SYST', '', 'nothing'),
  NOOP: delegate('NOOP', '', 'nothing'),
  CLNT: withArgument('CLNT needs the name of a program', {
    syntax: '<program>',
    requires: 'nothing',
    feature: 'CLNT',
    run: clnt,
  }),
}
