/** Finds clients that reach this machine at its own address, though others need another one (`--ftp-passive-host`). Pure. */
import { isLoopback, plainHost } from '../../../shared/net/address.ts'

/** An IPv4 address of this machine and the mask of its network, such as `192.168.1.7` and `255.255.255.0`. */
export interface LocalNetwork {
  readonly address: string
  readonly netmask: string
}

/** Returns true for a client on this machine or on one of its IPv4 networks. */
export function isNearClient(clientHost: string, networks: readonly LocalNetwork[]): boolean {
  const client = plainHost(clientHost)
  if (isLoopback(client)) return true
  const bits = parseIPv4(client)
  return bits !== undefined && networks.some(network => contains(network, bits))
}

function contains({ address, netmask }: LocalNetwork, client: number): boolean {
  const [own, mask] = [parseIPv4(address), parseIPv4(netmask)]
  return own !== undefined && mask !== undefined && (own & mask) === (client & mask)
}

/** Returns the 32 bits of an IPv4 address; undefined if the text is not one. */
export function parseIPv4(text: string): number | undefined {
  const parts = text.split('.')
  const isAddress = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  return isAddress ? parts.reduce((bits, part) => (bits << 8) | Number(part), 0) : undefined
}

/** A name with a label that is not a number, so that `300.1.1.1` is not a name. */
const NAME =
  /^(?=.{1,253}\.?$)(?!.*\.\d+\.?$)(?!\d+$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*\.?$/i

/** Returns true for a name, or an IPv4 address that can be the address of a server. The reply to PASV has no other addresses. */
export function isPassiveHost(text: string): boolean {
  const bits = parseIPv4(text)
  return bits === undefined ? NAME.test(text) : bits !== 0 && bits !== -1
}
