/**
 * A name server that uses the npm package dns2 as its README shows: a handler that looks up the records and sends them.
 * Arguments: the port, then `ORIGIN=RECORDS` for every zone.
 */
import dns2 from 'dns2'
import { type BenchRecord, recordsOf, TTL } from './data-sets.ts'

const { Packet } = dns2
/** RFC 1035, section 4.1.1; the typings of dns2 omit its constant. */
const NXDOMAIN = 3
const [port, ...zones] = process.argv.slice(2)
const origins = zones.map(zone => zone.split('=')[0] ?? '')
const records = new Map<string, BenchRecord[]>()
for (const zone of zones) {
  const [origin = '', count] = zone.split('=')
  for (const record of recordsOf(origin, Number(count))) {
    const at = records.get(record.name)
    if (at) at.push(record)
    else records.set(record.name, [record])
  }
}

const TYPE_NAMES = new Map<number, string>(Object.entries(Packet.TYPE).map(([name, code]) => [Number(code), name]))

/** Converts a record for dns2. */
function toResource({ name, type, data }: BenchRecord) {
  const shared = { name, type: Packet.TYPE[type], class: Packet.CLASS.IN, ttl: TTL }
  return new Packet.Resource({ ...shared, ...fieldsOf(type, data.replaceAll(/\.( |$)/g, '$1').split(' ')) })
}

function fieldsOf(type: BenchRecord['type'], [first = '', second = '', ...times]: readonly string[]) {
  if (type === 'A') return { address: first }
  if (type === 'NS') return { ns: first }
  if (type === 'MX') return { priority: Number(first), exchange: second }
  const [serial = 0, refresh = 0, retry = 0, expiration = 0, minimum = 0] = times.map(Number)
  return { primary: first, admin: second, serial, refresh, retry, expiration, minimum }
}

const lookup = (name: string, type: string) => records.get(name)?.filter(record => record.type === type) ?? []

const server = dns2.createServer({
  udp: true,
  handle: (request, send) => {
    const response = Packet.createResponseFromRequest(request)
    const [question] = request.questions
    const name = question?.name.toLowerCase() ?? ''
    const type = TYPE_NAMES.get(question?.type ?? 0) ?? ''
    const origin = origins.find(zone => name === zone || name.endsWith(`.${zone}`)) ?? ''
    response.header.aa = 1
    const found = lookup(name, type)
    if (!records.has(name)) response.header.rcode = NXDOMAIN
    response.answers.push(...found.map(toResource))
    if (found.length === 0) response.authorities.push(...lookup(origin, 'SOA').map(toResource))
    if (type === 'MX') response.additionals.push(...lookup(`mail.${origin}`, 'A').map(toResource))
    send(response)
  },
})
await server.listen({ udp: { port: Number(port), address: '127.0.0.1' } })
