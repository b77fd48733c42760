/** Who answers for a name: our zones, the zones of the special names, the upstreams of a route, or nobody. Pure. */
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { answer, findZone, type Zones } from '../answer.ts'
import type { Asked, Finding } from './finding.ts'
import type { Route, Routes } from './routes.ts'
import { specialZones } from './special-names.ts'

/** Where one step of a chain of aliases leads. */
export type Place =
  | { readonly kind: 'own' | 'special'; readonly finding: Finding }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'nobody' }

/** What zones on this machine say. */
interface Local {
  readonly finding: Finding
  /** The zone that says it. */
  readonly origin: string
  /** The zone has given the part that the name is in away (RFC 1034, section 4.3.2, step 3b). */
  readonly referral: boolean
}

export class Places {
  readonly #served: { readonly zones: Zones }
  readonly #routes: Pick<Routes, 'find'>
  readonly #special = specialZones()

  constructor(served: { readonly zones: Zones }, routes: Pick<Routes, 'find'>) {
    this.#served = served
    this.#routes = routes
  }

  of(asked: Asked): Place {
    const route = this.#routes.find(fold(asked.name))
    const own = findIn(this.#served.zones, asked)
    // What is delegated is not ours any more; a route that names it, or something in it, says who knows.
    const handedOn = own?.referral && route && route.domain !== own.origin && isAtOrBelow(route.domain, own.origin)
    if (own && !handedOn) return { kind: 'own', finding: own.finding }
    const special = isDelegation(asked, this.#special) ? undefined : findIn(this.#special, asked)
    if (special && !(route && isAtOrBelow(route.domain, special.origin))) {
      return { kind: 'special', finding: special.finding }
    }
    return route ? { kind: 'route', route } : { kind: 'nobody' }
  }

  /** Whether the upstreams of this route are the ones to ask about a folded name: else they are not believed about it. */
  asksAbout(name: string, { domain }: Route): boolean {
    const place = this.of({ name, type: 'A', dnssecOk: false, checkingDisabled: false })
    return place.kind === 'route' && place.route.domain === domain
  }
}

function findIn(zones: Zones, { name, type }: Asked): Local | undefined {
  const zone = findZone(zones, fold(name), type)
  if (!zone) return undefined
  const { rcode, aa, answers, authorities } = answer(zones, { name, type, class: 'IN' })
  const found = { rcode, answers, authorities, errors: [] }
  const { origin } = zone
  const last = answers.at(-1)
  const ends = authorities.length > 0 || rcode !== 'NOERROR' || type === 'CNAME' || type === 'ANY'
  if (last?.type === 'CNAME' && !ends && !isAtOrBelow(fold(last.data), origin)) {
    return { finding: { ...found, kind: 'alias', target: last.data }, origin, referral: false }
  }
  const referral = !aa && rcode === 'NOERROR' && answers.length === 0
  return { finding: { ...found, kind: 'positive' }, origin, referral }
}

/** RFC 8375, section 4: whether a zone under arpa is signed is what the DNS above it knows, though it is served here. */
function isDelegation({ name, type }: Asked, special: Zones): boolean {
  return type === 'DS' && special.has(fold(name)) && fold(name).endsWith('.arpa')
}
