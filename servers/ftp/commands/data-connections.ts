/** Commands that set up the data connection of the next transfer (PASV, EPSV, PORT, EPRT) or close it (ABOR). */
import { plainHost } from '../../../shared/net/address.ts'
import {
  type DataAddress,
  familyOf,
  formatPort,
  hostsEqual,
  parseEprt,
  parsePort,
} from '../data-connection/addresses.ts'
import { ActiveConnector, PassiveConnector } from '../data-connection/connectors.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import { closeConnector } from '../transfer/transfer.ts'
import type { Commands, Reply } from './command.ts'

/** A client could use this server to attack services on lower ports (RFC 2577, section 3). */
const MIN_ACTIVE_PORT = 1024

async function pasv(state: SessionState, reply: Reply): Promise<void> {
  requireNoEpsvAll(state)
  const { dataConnection, passiveHost } = state.environment
  const localHost = plainHost(dataConnection.localHost)
  if (familyOf(localHost) === '2') throw new ReplyError(425, 'PASV does not support IPv6; use EPSV')
  const host = (await passiveHost?.addressFor(dataConnection.clientHost)) ?? localHost
  const port = await listen(state)
  reply(227, `Entering Passive Mode (${formatPort({ host, port })})`)
}

async function epsv(state: SessionState, reply: Reply, argument: string): Promise<void> {
  if (argument.toUpperCase() === 'ALL') {
    state.epsvOnly = true
    return reply(200, 'Only EPSV from now on')
  }
  // Clients then try PASV, whose reply has an address.
  if (!state.environment.dataConnection.allowsEpsv) throw new ReplyError(502, 'Not behind a balancer; use PASV')
  const family = familyOf(state.environment.dataConnection.localHost)
  if (argument !== '' && argument !== family) throw wrongFamily(family)
  reply(229, `Entering Extended Passive Mode (|||${await listen(state)}|)`)
}

function port(state: SessionState, reply: Reply, argument: string): void {
  const address = parsePort(argument)
  if (!address) throw new ReplyError(501, 'PORT needs h1,h2,h3,h4,p1,p2')
  connectTo(state, reply, address)
}

function eprt(state: SessionState, reply: Reply, argument: string): void {
  const address = parseEprt(argument)
  if (!address) throw new ReplyError(501, 'EPRT needs |family|address|port|')
  const family = familyOf(state.environment.dataConnection.localHost)
  if (address === 'unknown family' || familyOf(address.host) !== family) throw wrongFamily(family)
  connectTo(state, reply, address)
}

/** The session aborts a transfer as soon as ABOR arrives; this reply follows the 426 of the transfer. */
function abor(state: SessionState, reply: Reply): void {
  closeConnector(state)
  reply(226, 'No transfer is under way now')
}

async function listen(state: SessionState): Promise<number> {
  // First frees the previous port, so that the range can consist of one port.
  closeConnector(state)
  const { dataConnection, passiveListeners } = state.environment
  const connector = await PassiveConnector.listen(dataConnection, passiveListeners)
  state.connector = connector
  return connector.port
}

/** Allows only the client's own address and no system ports (RFC 2577, section 3). */
function connectTo(state: SessionState, reply: Reply, address: DataAddress): void {
  requireNoEpsvAll(state)
  const { dataConnection } = state.environment
  if (!hostsEqual(address.host, dataConnection.clientHost)) throw new ReplyError(504, 'That address is not yours')
  if (address.port < MIN_ACTIVE_PORT) throw new ReplyError(504, `Ports below ${MIN_ACTIVE_PORT} are refused`)
  closeConnector(state)
  state.connector = new ActiveConnector(dataConnection, address)
  reply(200, 'Data connections will use that address')
}

function requireNoEpsvAll(state: SessionState): void {
  if (state.epsvOnly) throw new ReplyError(503, 'Only EPSV is allowed after EPSV ALL')
}

function wrongFamily(family: string): ReplyError {
  return new ReplyError(522, `Network protocol not supported, use (${family})`)
}

export const dataConnections: Commands = {
  PASV: { syntax: '', requires: 'login', run: pasv },
  EPSV: { syntax: '[1 | 2 | ALL]', requires: 'login', feature: 'EPSV', run: epsv },
  PORT: { syntax: 'h1,h2,h3,h4,p1,p2', requires: 'login', run: port },
  EPRT: { syntax: '|<family>|<address>|<port>|', requires: 'login', feature: 'EPRT', run: eprt },
  ABOR: { syntax: '', requires: 'login', run: abor },
}
