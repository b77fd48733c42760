/**
 * Version 2 of the PROXY protocol (section 2.2): a signature, version and command, family and transport, a length, and that
 * many bytes of addresses and further fields (TLV), which are skipped. Pure.
 */
import { addressOf, type ParsedHeader, type ProxiedAddresses } from './header.ts'

export const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** The bytes before the addresses. */
const FIXED_BYTES = 16
/** Addresses and fields of one header; a client's certificate among the fields takes the most. */
const MAX_VARIABLE_BYTES = 4096

const VERSION = 0x20
const LOCAL = 0x0
const PROXY = 0x1

/** Family and transport -> the bytes of one address. The other known ones name no address that a TCP client can have. */
const TCP: Readonly<Record<number, number>> = { 17: 4, 33: 16 }
const WITHOUT_ADDRESS: ReadonlySet<number> = new Set([0x00, 0x12, 0x22, 0x31, 0x32])

/** @param bytes begin as `SIGNATURE` does */
export function parseVersion2(bytes: Buffer): ParsedHeader {
  if (bytes.length < FIXED_BYTES) return { kind: 'incomplete' }
  const [versionAndCommand = 0, family = 0] = bytes.subarray(SIGNATURE.length)
  const command = versionAndCommand & 0x0f
  const variable = bytes.readUInt16BE(FIXED_BYTES - 2)
  const size = TCP[family]
  const problem = findProblem({ version: versionAndCommand & 0xf0, command, family, variable })
  if (problem !== undefined) return { kind: 'invalid', reason: `its PROXY header ${problem}` }
  const length = FIXED_BYTES + variable
  if (bytes.length < length) return { kind: 'incomplete' }
  const hasAddresses = command === PROXY && size !== undefined
  return { kind: 'complete', length, addresses: hasAddresses ? readAddresses(bytes, size) : undefined }
}

interface Fields {
  readonly version: number
  readonly command: number
  readonly family: number
  /** The length of addresses and further fields. */
  readonly variable: number
}

function findProblem({ version, command, family, variable }: Fields): string | undefined {
  if (version !== VERSION) return `has version ${version >> 4}, not 2`
  if (command !== LOCAL && command !== PROXY) return `has the unknown command ${command}`
  if (variable > MAX_VARIABLE_BYTES) return `is longer than ${FIXED_BYTES + MAX_VARIABLE_BYTES} bytes`
  // The family of LOCAL is to be ignored.
  if (command === LOCAL || WITHOUT_ADDRESS.has(family)) return undefined
  const size = TCP[family]
  if (size === undefined) return `has the unknown address family 0x${family.toString(16).padStart(2, '0')}`
  return variable < addressBytes(size) ? 'is too short for its addresses' : undefined
}

/** Two addresses and two ports. */
function addressBytes(size: number): number {
  return 2 * size + 4
}

function readAddresses(bytes: Buffer, size: number): ProxiedAddresses {
  const addresses = bytes.subarray(FIXED_BYTES)
  const ports = 2 * size
  return {
    source: addressOf(addresses.subarray(0, size), addresses.readUInt16BE(ports)),
    destination: addressOf(addresses.subarray(size, ports), addresses.readUInt16BE(ports + 2)),
  }
}
