/** Names and numbers of types, classes, opcodes and rcodes (IANA: "Domain Name System (DNS) Parameters"). */

const TYPES = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const
const CLASSES = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const
const OPCODES = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const
const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const

/** `MX`, or `TYPE65280` if the number has no name here (RFC 3597, section 5). */
export type TypeName = keyof typeof TYPES | `TYPE${number}`

/** `IN`, `ANY` ..., or `CLASS65` if the number has no name here (RFC 3597, section 5). */
export type ClassName = keyof typeof CLASSES | `CLASS${number}`

/** `QUERY`, `NOTIFY` ..., or `OPCODE7` if the number has no name here. */
export type Opcode = keyof typeof OPCODES | `OPCODE${number}`

/** `NOERROR`, `NXDOMAIN` ..., or `RCODE99` if the number has no name here. */
export type Rcode = keyof typeof RCODES | `RCODE${number}`

/** Translates between the names and the numbers of one IANA registry. */
class Registry<Name extends string> {
  readonly #prefix: string
  readonly #codes: ReadonlyMap<string, number>
  readonly #names: ReadonlyMap<number, string>

  constructor(prefix: string, codes: Readonly<Record<string, number>>) {
    this.#prefix = prefix
    this.#codes = new Map(Object.entries(codes))
    this.#names = new Map(Object.entries(codes).map(([name, code]) => [code, name]))
  }

  name(code: number): Name {
    // Safe: `Name` is the union of the names passed to the constructor and `PREFIX${number}`.
    return (this.#names.get(code) ?? `${this.#prefix}${code}`) as Name
  }

  /** Returns the number of a name in any case; undefined if the name is unknown. */
  code(name: string): number | undefined {
    const exact = this.#codes.get(name)
    if (exact !== undefined) return exact
    const upper = name.toUpperCase()
    const known = this.#codes.get(upper)
    if (known !== undefined || !upper.startsWith(this.#prefix)) return known
    const digits = upper.slice(this.#prefix.length)
    return /^\d{1,5}$/.test(digits) && Number(digits) <= 0xffff ? Number(digits) : undefined
  }
}

export const types = new Registry<TypeName>('TYPE', TYPES)
export const classes = new Registry<ClassName>('CLASS', CLASSES)
export const opcodes = new Registry<Opcode>('OPCODE', OPCODES)
export const rcodes = new Registry<Rcode>('RCODE', RCODES)

/** Parses the name of a type: `mx` and `TYPE15` are both `MX`. Returns undefined if it is unknown. */
export function parseTypeName(text: string): TypeName | undefined {
  const code = types.code(text)
  return code === undefined ? undefined : types.name(code)
}

/** Returns true for QTYPEs and meta-TYPEs, which no zone contains (RFC 6895, section 3.1). */
export function isMetaType(type: TypeName): boolean {
  const code = types.code(type) ?? 0
  return code === 0 || code === TYPES.OPT || (code >= 128 && code <= 255)
}
