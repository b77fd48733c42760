/** Compares answers with those of other name servers, for random zones and questions. */
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { parseName } from '../../shared/dns/name.ts'
import { sendQuery } from '../../shared/dns/resolver/send/send-query.ts'
import type { Location } from '../../shared/service.ts'
import { type ComparableResponse, comparable } from '../conformance/cases.ts'
import { suiteFor } from '../helpers/suite.ts'
import { NAME_SERVERS, until } from './daemons.ts'
import { startPrimary } from './primaries.ts'
import { type RandomQuestion, type RandomZone, randomZones } from './random-zones.ts'
import { requireTool } from './tools.ts'

/** A fixed seed makes runs repeatable; `ZONES_SEED=7` tries other zones. */
const SEED = Number(process.env.ZONES_SEED ?? 3)
const ZONES = 20
const QUESTIONS_EACH = 8
/** The other servers have to agree on most answers, so that enough are compared. */
const MIN_COMPARED = 0.8 * ZONES * QUESTIONS_EACH

async function answerFrom(server: Location, { name, type }: RandomQuestion): Promise<ComparableResponse> {
  const { message } = await sendQuery(server, { name: parseName(name), type, class: 'IN' })
  return comparable(message)
}

async function serves(server: Location, zones: readonly RandomZone[]): Promise<boolean> {
  const answers = zones.map(({ origin }) => answerFrom(server, { name: origin, type: 'SOA' }))
  return (await Promise.allSettled(answers)).every(
    result => result.status === 'fulfilled' && result.value.rcode === 'NOERROR',
  )
}

/**
 * Returns the parts of a response that servers have to agree on. The additional section is optional, and so is the authority
 * section beside an answer (RFC 1034, section 4.3.2, has the zone's name servers there; many servers omit them).
 */
function requiredParts({ rcode, aa, answer, authority }: ComparableResponse) {
  return { rcode, aa, answer, authority: answer.length === 0 ? authority : [] }
}

test('answers as NSD and Knot do if they agree', { timeout: 60_000 }, async context => {
  for (const tool of NAME_SERVERS) requireTool(tool, context)
  const zones = randomZones(SEED, ZONES, QUESTIONS_EACH)
  const texts = zones.map(({ origin, text }) => ({ origin, text }))
  const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones: texts } })
  const peers = await Promise.all(NAME_SERVERS.map(tool => startPrimary(tool, texts)))
  for (const peer of peers) await until(() => serves(peer, zones), peer.output)

  let compared = 0
  const differing: object[] = []
  for (const { text, questions } of zones) {
    for (const question of questions) {
      const all = await Promise.all([dns, ...peers].map(server => answerFrom(server, question)))
      const [own, agreed, ...others] = all.map(requiredParts)
      if (others.some(other => !isDeepStrictEqual(other, agreed))) continue
      compared++
      if (!isDeepStrictEqual(own, agreed)) differing.push({ zone: text.split('\n'), question, own, agreed })
    }
  }
  expect(differing, `with ZONES_SEED=${SEED}`).toEqual([])
  expect(compared, `with ZONES_SEED=${SEED}`).toBeGreaterThan(MIN_COMPARED)
})
