/** Who answers for a name: our zones, the zones of the special names, the upstreams of a route, or nobody. Pure. */
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { answer, findZone, type Zones } from '../query/answer.ts'
import type { ForwardQuery, Resolution } from './resolution.ts'
import type { Route, Routes } from './routes.ts'
import { specialZones } from './special-names.ts'

/** Where one step of a chain of aliases leads. */
export type RoutingDecision =
  | { readonly kind: 'own' | 'special'; readonly finding: Resolution }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'nobody' }

/** What zones on this machine say. */
interface LocalResult {
  readonly finding: Resolution
  /** The zone that says it. */
  readonly origin: string
  /** The zone has given the part that the name is in away (RFC 1034, section 4.3.2, step 3b). */
  readonly referral: boolean
}

export class Router {
  readonly #store: { readonly zones: Zones }
  readonly #routes: Pick<Routes, 'find'>
  readonly #special = specialZones()

  constructor(store: { readonly zones: Zones }, routes: Pick<Routes, 'find'>) {
    this.#store = store
    this.#routes = routes
  }

  decide(asked: ForwardQuery): RoutingDecision {
    const route = this.#routes.find(fold(asked.name))
    const own = findIn(this.#store.zones, asked)
    // What is delegated is not ours any more; a route that names it, or something in it, says who knows.
    const handedOn = own?.referral && route && route.domain !== own.origin && isAtOrBelow(route.domain, own.origin)
    const fromAbove = own && isDelegation(asked, this.#store.zones)
    if (own && !handedOn && !fromAbove) return { kind: 'own', finding: own.finding }
    const special = isDelegation(asked, this.#special) && isUnderArpa(asked) ? undefined : findIn(this.#special, asked)
    const isSpecial = special && !(route && isAtOrBelow(route.domain, special.origin))
    if (route && !isSpecial) return { kind: 'route', route }
    if (own) return { kind: 'own', finding: own.finding }
    return special ? { kind: 'special', finding: special.finding } : { kind: 'nobody' }
  }

  /** Whether the upstreams of this route are the ones to ask about a folded name: else they are not believed about it. */
  isForwardedTo(name: string, { domain }: Route): boolean {
    const place = this.decide({ name, type: 'A', dnssecOk: false, checkingDisabled: false })
    return place.kind === 'route' && place.route.domain === domain
  }
}

function findIn(zones: Zones, { name, type }: ForwardQuery): LocalResult | undefined {
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

/** RFC 4035, section 3.1.4.1: the DS of a zone is what the zone above it knows, and none above is among these. */
function isDelegation({ name, type }: ForwardQuery, zones: Zones): boolean {
  return type === 'DS' && findZone(zones, fold(name), type)?.origin === fold(name)
}

/** RFC 8375, section 4: what is served here of arpa is delegated in the DNS, so a client that checks may ask how. */
function isUnderArpa({ name }: ForwardQuery): boolean {
  return isAtOrBelow(fold(name), 'arpa')
}
