/** What the name servers serve and are asked in the bench: the same records and the same queries for all of them. Pure. */

export interface BenchRecord {
  /** Absolute, without its last dot. */
  readonly name: string
  readonly type: 'SOA' | 'NS' | 'MX' | 'A'
  /** As a master file has it; its names are absolute, with their last dots. */
  readonly data: string
}

export interface DataSet {
  readonly name: string
  /** What it holds, for the table's heading. */
  readonly summary: string
  readonly origins: readonly string[]
  readonly recordsPerZone: number
  /** What is asked of it, one after the other. */
  readonly queryMixes: readonly QueryMix[]
}

/** One way to ask: a table of its own. */
export interface QueryMix {
  readonly name: string
  /** For the table's heading. */
  readonly summary: string
  /** One line a query, as dnsperf reads them, for each round. They are asked in this order, over and over. */
  queries(round: number): string[]
}

/** Every record has this TTL, and so has every negative answer. */
export const TTL = 300
/**
 * How many different names of the large zone are asked for in a round, others in every round: more than any contestant
 * comes by in it, so that none is asked twice and no cache helps.
 */
const SPREAD_NAMES = 240_000
/** Queries in the file that is asked over and over, of each of the four kinds. */
const LOOPED_OF_A_KIND = 2_500
/** Prime to the number of hosts and far from small, so that neighbours in the query file are far apart in the zone. */
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
      summary: 'asked in turn: A, MX, SOA, and a name that is not there (NXDOMAIN), of every zone',
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
      name: 'million, again and again',
      summary:
        'asked in turn: A, MX, SOA, NXDOMAIN; 10,000 queries over and over, each A and each NXDOMAIN of another name',
      queries: () => Array.from({ length: LOOPED_OF_A_KIND }, (_, index) => mixed(MILLION_ORIGIN, index)).flat(),
    },
    {
      name: 'million, never before',
      summary:
        'of 8 queries 4 are A of names spread over the zone and never asked before, ' +
        'the other 4 are A, MX, SOA and NXDOMAIN, always of the same names',
      queries: round =>
        Array.from({ length: SPREAD_NAMES }, (_, index) => [
          `${spreadName(round * SPREAD_NAMES + index)} A`,
          MILLION_MIXED[index % MILLION_MIXED.length] ?? '',
        ]).flat(),
    },
  ],
}

/** The four kinds of query; another number has other names of the zone. */
function mixed(origin: string, number = 0): string[] {
  const host = hostName(origin, (1 + number * STRIDE) % hostCount(MILLION_RECORDS))
  return [`${host} A`, `${origin} MX`, `${origin} SOA`, `nobody${number}.${origin} A`]
}

const MILLION_MIXED = mixed(MILLION_ORIGIN)

function spreadName(index: number): string {
  return hostName(MILLION_ORIGIN, (index * STRIDE) % hostCount(MILLION_RECORDS))
}

/** What is left of a zone's records when the first five are made. */
function hostCount(records: number): number {
  return records - 5
}

function hostName(origin: string, index: number): string {
  return `h${index}.${origin}`
}

/** All records of one zone, its SOA first: the apex, a name server, a mail server, and hosts for the rest. */
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

/** The zone as a master file, in pieces that are cheap to write. */
export function* masterFile(origin: string, count: number): Generator<string> {
  yield* inPieces(recordsOf(origin, count), ({ name, type, data }) => `${name}. ${TTL} IN ${type} ${data}\n`)
}

/** The hosts of the zone in the form of /etc/hosts, which is how dnsmasq takes many of them. */
export function* hostsFile(origin: string, count: number): Generator<string> {
  yield* inPieces(recordsOf(origin, count), ({ name, type, data }) => (type === 'A' ? `${data} ${name}\n` : ''))
}

const LINES_IN_A_PIECE = 10_000

function* inPieces(records: Iterable<BenchRecord>, print: (record: BenchRecord) => string): Generator<string> {
  let lines: string[] = []
  for (const record of records) {
    if (lines.push(print(record)) < LINES_IN_A_PIECE) continue
    yield lines.join('')
    lines = []
  }
  yield lines.join('')
}

/** What the queries of a set have to be answered with: the share of names that are not there. */
export function expectedNxdomain(queries: readonly string[]): number {
  return queries.filter(query => query.startsWith('nobody')).length / queries.length
}
