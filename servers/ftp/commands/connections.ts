/** Where the next transfer goes: PASV, EPSV, PORT, EPRT; and ABOR, which ends it. */
import { plainHost } from '../../../shared/net/address.ts'
import { type DataAddress, familyOf, formatPort, parseEprt, parsePort, sameHost } from '../addresses.ts'
import { ActiveConnector, type DataConnector, PassiveConnector } from '../data.ts'
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import type { Rules } from './rule.ts'

/** RFC 2577, section 3: a server that connects to the ports of other services can be turned against them. */
const LOWEST_ACTIVE_PORT = 1024

function use(session: Session, connector: DataConnector): void {
  session.connector?.close()
  session.connector = connector
}

async function listen(session: Session): Promise<PassiveConnector> {
  // The old port first, so that it can be used again.
  session.connector?.close()
  session.connector = undefined
  const connector = await PassiveConnector.open(session.dataContext, session.shared.passivePorts)
  session.connector = connector
  return connector
}

function refuseAfterEpsvAll(session: Session): void {
  if (session.onlyEpsv) throw new Refusal(503, 'EPSV ALL was said: only EPSV from then on')
}

async function pasv(session: Session): Promise<void> {
  refuseAfterEpsvAll(session)
  const host = plainHost(session.dataContext.local)
  if (familyOf(host) === '2') throw new Refusal(425, 'PASV cannot tell an IPv6 address; EPSV can')
  const { port } = await listen(session)
  session.reply(227, `Entering Passive Mode (${formatPort({ host, port })})`)
}

async function epsv(session: Session, argument: string): Promise<void> {
  if (argument.toUpperCase() === 'ALL') {
    session.onlyEpsv = true
    return session.reply(200, 'Only EPSV from now on')
  }
  const family = familyOf(session.dataContext.local)
  if (argument !== '' && argument !== family) throw wrongFamily(family)
  const { port } = await listen(session)
  session.reply(229, `Entering Extended Passive Mode (|||${port}|)`)
}

function wrongFamily(family: string): Refusal {
  return new Refusal(522, `Network protocol not supported, use (${family})`)
}

/** No bounce (RFC 2577, section 3): only to the client itself, and not to the ports of the system's services. */
function active(session: Session, address: DataAddress): void {
  refuseAfterEpsvAll(session)
  const context = session.dataContext
  if (!sameHost(address.host, context.peer)) throw new Refusal(504, 'That address is not yours')
  if (address.port < LOWEST_ACTIVE_PORT) throw new Refusal(504, `Ports below ${LOWEST_ACTIVE_PORT} are refused`)
  use(session, new ActiveConnector(context, address))
  session.reply(200, 'The data connection will go there')
}

function port(session: Session, argument: string): void {
  const address = parsePort(argument)
  if (!address) throw new Refusal(501, 'PORT needs h1,h2,h3,h4,p1,p2')
  active(session, address)
}

function eprt(session: Session, argument: string): void {
  const address = parseEprt(argument)
  if (!address) throw new Refusal(501, 'EPRT needs |family|address|port|')
  const family = familyOf(session.dataContext.local)
  if (address === 'unknown family' || familyOf(address.host) !== family) throw wrongFamily(family)
  active(session, address)
}

/** A transfer under way was ended when this line came in; here it gets its own reply, after the transfer's 426. */
function abor(session: Session): void {
  session.connector?.close()
  session.connector = undefined
  session.reply(226, 'No transfer is under way now')
}

export const connections: Rules = {
  PASV: { syntax: '', needs: 'login', run: pasv },
  EPSV: {
    syntax: '[1 | 2 | ALL]',
    needs: 'login',
    feature: 'EPSV',
    run: (session, { argument }) => epsv(session, argument),
  },
  PORT: { syntax: 'h1,h2,h3,h4,p1,p2', needs: 'login', run: (session, { argument }) => port(session, argument) },
  EPRT: {
    syntax: '|<family>|<address>|<port>|',
    needs: 'login',
    feature: 'EPRT',
    run: (session, { argument }) => eprt(session, argument),
  },
  ABOR: { syntax: '', needs: 'login', run: abor },
}
