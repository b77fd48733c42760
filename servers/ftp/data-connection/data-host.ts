/** Chooses the address for the data connections of a session, which do not pass through a balancer. */
import { networkInterfaces } from 'node:os'
import { isLoopback, plainHost } from '../../../shared/net/address.ts'
import { hostsEqual } from './addresses.ts'

export interface DataHost {
  /** An address of this machine. */
  readonly host: string
  /**
   * True if the client has connected to this address. EPSV gives a port only, so without it the client would connect to the
   * balancer.
   */
  readonly isControlHost: boolean
}

/**
 * Uses the address to which the client has connected if it is one of this machine: there is no balancer, or it runs here.
 * Otherwise the balancer is another machine, and clients must reach this one at the address that the balancer uses.
 *
 * @param controlHost the address to which the client has connected
 * @param localHost the address of this machine at which the connection arrived
 */
export function chooseDataHost(controlHost: string, localHost: string): DataHost {
  const isControlHost = hostsEqual(controlHost, localHost) || isOwn(plainHost(controlHost))
  return { host: isControlHost ? controlHost : localHost, isControlHost }
}

function isOwn(host: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap(found => found ?? [])
  return isLoopback(host) || own.some(({ address }) => hostsEqual(address, host))
}
