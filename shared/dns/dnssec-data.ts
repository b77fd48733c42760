/** The RDATA of DNSSEC and related types, in the form of `data.ts`. */
import type { TypeName } from './codes.ts'

/** RFC 4034, section 5; CDS too (RFC 7344). */
export interface DsData {
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  readonly digest: Uint8Array
}

/** RFC 4034, section 2; CDNSKEY too (RFC 7344). */
export interface DnskeyData {
  readonly flags: number
  readonly protocol: number
  readonly algorithm: number
  readonly publicKey: Uint8Array
}

/** RFC 4034, section 3; the times are seconds since 1970. */
export interface RrsigData {
  readonly typeCovered: TypeName
  readonly algorithm: number
  readonly labels: number
  readonly originalTtl: number
  readonly expiration: number
  readonly inception: number
  readonly keyTag: number
  readonly signer: string
  readonly signature: Uint8Array
}

/** RFC 4034, section 4. */
export interface NsecData {
  readonly next: string
  readonly types: readonly TypeName[]
}

/** RFC 5155, section 4. */
export interface Nsec3ParamData {
  readonly algorithm: number
  readonly flags: number
  readonly iterations: number
  readonly salt: Uint8Array
}

/** RFC 5155, section 3. */
export interface Nsec3Data extends Nsec3ParamData {
  readonly nextHash: Uint8Array
  readonly types: readonly TypeName[]
}

/** RFC 7477. */
export interface CsyncData {
  readonly serial: number
  readonly flags: number
  readonly types: readonly TypeName[]
}

/** RFC 8976. */
export interface ZonemdData {
  readonly serial: number
  readonly scheme: number
  readonly algorithm: number
  readonly digest: Uint8Array
}
