/** The records and the queries of the bench, the same for all servers. Pure. */

export interface BenchRecord {
  /** Absolute, without the trailing dot. */
  readonly name: string
  readonly type: 'SOA' | 'NS' | 'MX' | 'A'
  /** In master file format, with absolute names. */
  readonly data: string
}

export interface DataSet {
  readonly name: string
  /** Description for the heading of the table. */
  readonly summary: string
  readonly origins: readonly string[]
  readonly recordsPerZone: number
  /** The query mixes to run, in order. */
  readonly queryMixes: readonly QueryMix[]
}

/** A set of queries, reported as one table. */
export interface QueryMix {
  readonly name: string
  /** Description for the heading of the table. */
  readonly summary: string
  /** The queries of a round, one per line in dnsperf's format. dnsperf repeats them in this order. */
  queries(round: number): string[]
}

/** TTL of every record and every negative answer. */
export const TTL = 300
/**
 * Number of names of the large zone that a round queries; each round has other names. No server answers this many in a
 * round, so no name is queried twice and no cache helps.
 */
const SPREAD_NAMES = 240_000
/** Queries of each of the four kinds in the repeated query file. */
const REPEATED_PER_KIND = 2_500
/** Large and coprime to the number of hosts, so that consecutive queries are far apart in the zone. */
const STRIDE = 618_033

const TEN_ORIGINS = Array.from({ length: 10 }, (_, index) => `zone${index}.test`)

export const TEN_ZONES: DataSet = {
  name: 'ten',
  summary: '10 zones of 10 records',
  origins: TEN_ORIGINS,
  recordsPerZone: 10,
  queryMixes: [
    {
      name: 'ten',
      summary: 'queries: A, MX, SOA and a missing name (NXDOMAIN) of every zone',
      queries: () => TEN_ORIGINS.flatMap(origin => mixed(origin)),
    },
  ],
}

const MILLION_RECORDS = 1_000_000
const MILLION_ORIGIN = 'million.test'

export const MILLION: DataSet = {
  name: 'million',
  summary: '1 zone of 1,000,000 records',
  origins: [MILLION_ORIGIN],
  recordsPerZone: MILLION_RECORDS,
  queryMixes: [
    {
      name: 'million, repeated',
      summary:
        'queries: A, MX, SOA and NXDOMAIN; 10,000 queries repeated, each A and each NXDOMAIN for a different name',
      queries: () => Array.from({ length: REPEATED_PER_KIND }, (_, index) => mixed(MILLION_ORIGIN, index)).flat(),
    },
    {
      name: 'million, new names',
      summary:
        'queries: 4 of 8 are A for names spread over the zone and not queried before, ' +
        'the other 4 are A, MX, SOA and NXDOMAIN for the same names',
      queries: round =>
        Array.from({ length: SPREAD_NAMES }, (_, index) => [
          `${spreadName(round * SPREAD_NAMES + index)} A`,
          MILLION_MIXED[index % MILLION_MIXED.length] ?? '',
        ]).flat(),
    },
  ],
}

/** The four kinds of query; `number` selects the names. */
function mixed(origin: string, number = 0): string[] {
  const host = hostName(origin, (1 + number * STRIDE) % hostCount(MILLION_RECORDS))
  return [`${host} A`, `${origin} MX`, `${origin} SOA`, `absent${number}.${origin} A`]
}

const MILLION_MIXED = mixed(MILLION_ORIGIN)

function spreadName(index: number): string {
  return hostName(MILLION_ORIGIN, (index * STRIDE) % hostCount(MILLION_RECORDS))
}

/** Number of hosts in a zone: all records except the first five. */
function hostCount(records: number): number {
  return records - 5
}

function hostName(origin: string, index: number): string {
  return `h${index}.${origin}`
}

/** All records of a zone, SOA first: the apex, a name server, a mail server, then hosts. */
export function* recordsOf(origin: string, count: number): Generator<BenchRecord> {
  const soa = `ns.${origin}. host.${origin}. 1 3600 600 86400 ${TTL}`
  yield { name: origin, type: 'SOA', data: soa }
  yield { name: origin, type: 'NS', data: `ns.${origin}.` }
  yield { name: origin, type: 'MX', data: `10 mail.${origin}.` }
  yield { name: `ns.${origin}`, type: 'A', data: '192.0.2.53' }
  yield { name: `mail.${origin}`, type: 'A', data: '192.0.2.25' }
  for (let index = 0; index < hostCount(count); index += 1) {
    yield {
      name: hostName(origin, index),
      type: 'A',
      data: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
    }
  }
}

/** The zone as a master file, in pieces of many lines. */
export function* masterFile(origin: string, count: number): Generator<string> {
  yield* inPieces(recordsOf(origin, count), ({ name, type, data }) => `${name}. ${TTL} IN ${type} ${data}\n`)
}

/** The hosts of the zone in the format of /etc/hosts, for dnsmasq. */
export function* hostsFile(origin: string, count: number): Generator<string> {
  yield* inPieces(recordsOf(origin, count), ({ name, type, data }) => (type === 'A' ? `${data} ${name}\n` : ''))
}

const LINES_PER_PIECE = 10_000

function* inPieces(records: Iterable<BenchRecord>, print: (record: BenchRecord) => string): Generator<string> {
  let lines: string[] = []
  for (const record of records) {
    if (lines.push(print(record)) < LINES_PER_PIECE) continue
    yield lines.join('')
    lines = []
  }
  yield lines.join('')
}

/** Returns the share of queries that must be answered with NXDOMAIN. */
export function expectedNxdomain(queries: readonly string[]): number {
  return queries.filter(query => query.startsWith('absent')).length / queries.length
}
