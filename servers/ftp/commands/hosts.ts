/** HOST (RFC 7151). There is one site, which has the names that the DNS server of the suite gives it. */
import { ZONE } from '../../../shared/dns/suite-zone.ts'
import { isLoopback } from '../../../shared/net/address.ts'
import { ftp } from '../../../shared/protocols/ftp.ts'
import { hostsEqual } from '../data-connection/addresses.ts'
import { ReplyError } from '../session/replies.ts'
import type { SessionState } from '../session/state.ts'
import { type Commands, type Reply, withArgument } from './command.ts'

const NAMES: readonly string[] = [ZONE, `${ftp.hostName}.${ZONE}`]

/** A host name, an IPv4 address, or an IPv6 address in brackets. */
const HOST = /^(?:\[[\da-f:.]+\]|[a-z\d](?:[a-z\d.-]*[a-z\d])?\.?)$/i

function host(state: SessionState, reply: Reply, name: string): void {
  if (!HOST.test(name))
    throw new ReplyError(501, 'HOST needs a host name, an IPv4 address or an IPv6 address in brackets')
  if (state.login.status !== 'none') throw new ReplyError(503, 'HOST comes before USER; REIN starts again')
  const plain = name.toLowerCase().replace(/^\[|\]$|\.$/g, '')
  if (!isSite(plain, state.environment.dataConnection.localHost)) {
    throw new ReplyError(504, `No such site here; there is ${NAMES.join(' and ')}`)
  }
  reply(220, `${plain} is ready`)
}

/** Returns true for a name of the site, and for the address to which the client has connected. */
function isSite(name: string, localHost: string): boolean {
  return NAMES.includes(name) || hostsEqual(name, localHost) || (name === 'localhost' && isLoopback(localHost))
}

export const hosts: Commands = {
  HOST: withArgument('HOST needs a name', { syntax: '<host>', requires: 'nothing', feature: 'HOST', run: host }),
}
