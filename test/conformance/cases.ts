/** Test cases with responses that several authoritative name servers agree on, and the responses of Fourwire. */
import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import * as z from 'zod'
import { parseTypeName } from '../../shared/dns/codes.ts'
import type { DnsRecord, Message } from '../../shared/dns/message.ts'
import { parseName } from '../../shared/dns/name.ts'
import { printRecord } from '../../shared/dns/print.ts'
import { sendQuery } from '../../shared/dns/resolver/send/send-query.ts'
import { startSuite } from '../../shared/launcher/index.ts'

/** Outside the project, which shares it with other projects. */
export const CASES_FILE = path.resolve(
  fileURLToPath(new URL('../../../shared/conformance/dns/authoritative.jsonl.gz', import.meta.url)),
)

const caseSchema = z.object({
  id: z.number(),
  tag: z.string(),
  zone: z.string(),
  query: z.object({ Name: z.string(), Type: z.string() }),
  response: z.array(z.string()),
})

export type Case = z.output<typeof caseSchema>

export async function casesExist(): Promise<boolean> {
  return access(CASES_FILE).then(
    () => true,
    () => false,
  )
}

export async function readCases(): Promise<Case[]> {
  const text = (await promisify(gunzip)(await readFile(CASES_FILE))).toString('utf8')
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => caseSchema.parse(JSON.parse(line)))
}

/** A response to compare: sorted sections in lower case. */
export interface ComparableResponse {
  readonly rcode: string
  readonly aa: boolean
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

/** Parses the response that the name servers agree on. */
export function expectedResponse({ response }: Case): ComparableResponse {
  const section = (title: string) => {
    const after = response.slice(response.indexOf(`;${title}`) + 1)
    const next = after.findIndex(line => line.startsWith(';'))
    return normalize(next < 0 ? after : after.slice(0, next))
  }
  return {
    rcode: (response[0] ?? '').replace('rcode ', ''),
    aa: (response[1] ?? '').split(' ').includes('AA'),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
  }
}

/** Converts a message to compare it. */
export function comparable({ rcode, flags, answers, authorities, additionals }: Message): ComparableResponse {
  const lines = (records: readonly DnsRecord[]) => normalize(records.map(printRecord))
  return {
    rcode,
    aa: flags.aa,
    answer: lines(answers),
    authority: lines(authorities),
    additional: lines(additionals),
  }
}

function normalize(lines: readonly string[]): string[] {
  return lines.map(line => line.toLowerCase().replace(/\s+/g, ' ')).sort()
}

/** Starts a suite with the zone of the case, and sends it the query over a real socket. */
export async function queryCase({ zone, query }: Case): Promise<ComparableResponse> {
  const type = parseTypeName(query.Type)
  const origin = zone
    .split('\n')
    .find(line => / SOA /.test(line))
    ?.split(' ')[0]
  if (!type || !origin) throw new Error('the case has no type or no zone')
  const zones = [{ origin, text: zone }]
  const suite = await startSuite({ services: ['dns'], dns: { port: 0, publish: false, zones } })
  try {
    const { message } = await sendQuery(suite.dns, { name: parseName(query.Name), type, class: 'IN' }, { tries: 1 })
    return comparable(message)
  } finally {
    await suite.close()
  }
}
