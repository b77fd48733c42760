/** What a client accepts: a page or JSON (RFC 9110, section 12.5.1). Pure. */

/** How well a media range matches a type: 0 for not at all, 3 for the type itself. */
type Specificity = 0 | 1 | 2 | 3

interface Preference {
  readonly specificity: Specificity
  readonly weight: number
}

const RANGE = /^([\w!#$&^.+*-]+\/[\w!#$&^.+*-]+)((?:[ \t]*;[^;]*)*)$/
const WEIGHT = /;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*(?:;|$)/i

/** True if the client prefers JSON to HTML. Of two equal weights, the more specific media range counts, and then HTML. */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const [json, html] = [preferenceOf('application/json', accept), preferenceOf('text/html', accept)]
  if (json.weight !== html.weight) return json.weight > html.weight
  return json.weight > 0 && json.specificity > html.specificity
}

/** True if the client names HTML, as a browser does that shows a page; a script sends any type by default. */
export function requestsPage(accept: string | undefined): boolean {
  const { specificity, weight } = preferenceOf('text/html', accept ?? '')
  return specificity === 3 && weight > 0
}

/** The most specific range that matches a type decides its weight. */
function preferenceOf(type: string, accept: string): Preference {
  let best: Preference = { specificity: 0, weight: 0 }
  for (const member of accept.split(',')) {
    const [, range, parameters = ''] = RANGE.exec(member.trim()) ?? []
    if (range === undefined) continue
    const specificity = specificityOf(range.toLowerCase(), type)
    if (specificity > best.specificity) best = { specificity, weight: Number(WEIGHT.exec(parameters)?.[1] ?? 1) }
  }
  return best
}

function specificityOf(range: string, type: string): Specificity {
  if (range === type) return 3
  if (range === `${type.split('/')[0]}/*`) return 2
  return range === '*/*' ? 1 : 0
}
