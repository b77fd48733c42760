/** Decides where the answer to a query is: in a local zone, a special zone, at the upstreams of a route, or nowhere. Pure. */
import { fold, isAtOrBelow } from '../../../shared/dns/name.ts'
import { answer, findZone, type Zones } from '../query/answer.ts'
import type { ForwardQuery, Resolution } from './resolution.ts'
import type { Route, Routes } from './routes.ts'
import { specialZones } from './special-names.ts'

export type RoutingDecision =
  | { readonly kind: 'own' | 'special'; readonly resolution: Resolution }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'none' }

/** The result of local zones. */
interface LocalResult {
  readonly resolution: Resolution
  /** The origin of the zone. */
  readonly origin: string
  /** The name is at or below a zone cut (RFC 1034, section 4.3.2, step 3b). */
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

  decide(query: ForwardQuery): RoutingDecision {
    const route = this.#routes.find(fold(query.name))
    const own = findIn(this.#store.zones, query)
    // For delegated names, a route of a domain inside the zone takes precedence over the referral.
    const hasRouteBelow = own?.referral && route && route.domain !== own.origin && isAtOrBelow(route.domain, own.origin)
    const isParentSide = own && isDelegation(query, this.#store.zones)
    if (own && !hasRouteBelow && !isParentSide) return { kind: 'own', resolution: own.resolution }
    const special = isDelegation(query, this.#special) && isUnderArpa(query) ? undefined : findIn(this.#special, query)
    const isSpecial = special && !(route && isAtOrBelow(route.domain, special.origin))
    if (route && !isSpecial) return { kind: 'route', route }
    if (own) return { kind: 'own', resolution: own.resolution }
    return special ? { kind: 'special', resolution: special.resolution } : { kind: 'none' }
  }

  /** Returns true if a folded name is forwarded to this route. Other records of its upstreams are not accepted. */
  isForwardedTo(name: string, { domain }: Route): boolean {
    const decision = this.decide({ name, type: 'A', dnssecOk: false, checkingDisabled: false })
    return decision.kind === 'route' && decision.route.domain === domain
  }
}

function findIn(zones: Zones, { name, type }: ForwardQuery): LocalResult | undefined {
  const zone = findZone(zones, fold(name), type)
  if (!zone) return undefined
  const { rcode, aa, answers, authorities } = answer(zones, { name, type, class: 'IN' })
  const result = { rcode, answers, authorities, errors: [] }
  const { origin } = zone
  const last = answers.at(-1)
  const isFinal = authorities.length > 0 || rcode !== 'NOERROR' || type === 'CNAME' || type === 'ANY'
  if (last?.type === 'CNAME' && !isFinal && !isAtOrBelow(fold(last.data), origin)) {
    return { resolution: { ...result, kind: 'alias', target: last.data }, origin, referral: false }
  }
  const referral = !aa && rcode === 'NOERROR' && answers.length === 0
  return { resolution: { ...result, kind: 'positive' }, origin, referral }
}

/** RFC 4035, section 3.1.4.1: the parent zone has the DS records, and it is not among these zones. */
function isDelegation({ name, type }: ForwardQuery, zones: Zones): boolean {
  return type === 'DS' && findZone(zones, fold(name), type)?.origin === fold(name)
}

/** RFC 8375, section 4: the special names under arpa are delegated in the DNS; validating clients query their DS. */
function isUnderArpa({ name }: ForwardQuery): boolean {
  return isAtOrBelow(fold(name), 'arpa')
}
