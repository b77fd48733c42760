/** Reads the tables of TCP sockets that Linux has in `/proc/net/tcp` and `tcp6`. Pure. */
import { type Address, plainHost } from '../../../shared/net/address.ts'

export interface SocketEnds {
  readonly local: Address
  readonly remote: Address
}

export type TableName = 'tcp' | 'tcp6'

/** Returns the name of the table that has the sockets of an address. */
export function tableOf(host: string): TableName {
  return plainHost(host).includes(':') ? 'tcp6' : 'tcp'
}

/** Returns the bytes that a socket has sent, and that its peer has not acknowledged; undefined if the table does not have the socket. */
export function unacknowledgedIn(
  table: string,
  { local, remote }: SocketEnds,
  endianness: 'BE' | 'LE',
): number | undefined {
  const ends = `: ${formatEnd(local, endianness)} ${formatEnd(remote, endianness)} `
  const start = table.indexOf(ends)
  if (start < 0) return undefined
  // The state follows, and then the lengths of the two queues: `01 0000A3F0:00000000`.
  const [, queue] = /^[\dA-F]{2} ([\dA-F]{8}):/.exec(table.slice(start + ends.length, start + ends.length + 12)) ?? []
  return queue === undefined ? undefined : Number.parseInt(queue, 16)
}

/** `127.0.0.1` and 43961 are `0100007F:ABB9`, if the bytes of a number are in the order of most machines. */
function formatEnd({ host, port }: Address, endianness: 'BE' | 'LE'): string {
  const bytes = addressBytes(plainHost(host))
  if (endianness === 'LE') bytes.swap32()
  return `${bytes.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}

function addressBytes(host: string): Buffer {
  return host.includes(':') ? ipv6Bytes(host) : Buffer.from(host.split('.').map(Number))
}

function ipv6Bytes(host: string): Buffer {
  // A URL has the last 32 bits in hexadecimal, too, and no zone.
  const plain = new URL(`http://[${host.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const [start = [], end = []] = plain.split('::').map(half => half.split(':').filter(group => group !== ''))
  const zeros = Array<string>(8 - start.length - end.length).fill('0')
  const groups = [...start, ...zeros, ...end].map(group => group.padStart(4, '0'))
  return Buffer.from(groups.join(''), 'hex')
}
