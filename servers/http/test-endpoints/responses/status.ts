/** Endpoints that respond with a requested status, or fail at random. */
import { STATUS_CODES } from 'node:http'
import type { Response } from '../../response/response.ts'
import { MAX_CHOICES } from '../bounds.ts'
import { empty, HTML, JSON_TYPE, TEXT } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest, PREFIX } from '../endpoint.ts'
import { invalid, parseDecimal, parseInteger } from '../parameters.ts'
import { createRandom, type Random } from '../random.ts'

export const statusEndpoints: EndpointGroup = {
  title: 'Status codes and failures',
  endpoints: [
    {
      path: '/status/:codes',
      methods: ANY_METHOD,
      summary: 'Responds with a status, or with one of several by weight: 200:0.9,500:0.1. Accepts seed.',
      example: '-sS -i URL/status/418',
      respond: request => statusResponse(chooseStatus(request)),
    },
    {
      path: '/unstable',
      methods: ANY_METHOD,
      summary: 'Responds with 500 half of the time, or as often as failure_rate states. Accepts seed.',
      example: "-sS -i 'URL/unstable?failure_rate=0.25&seed=7'",
      respond: ({ parameters }) => {
        const rate = parseDecimal('failure_rate', parameters.get('failure_rate') || '0.5', { min: 0, max: 1 })
        return empty(createRandom(parameters).fraction() < rate ? 500 : 200, ['Content-Type', TEXT])
      },
    },
    {
      path: '/close',
      methods: ANY_METHOD,
      summary: 'Closes the connection without a response.',
      example: '-sS URL/close',
      respond: () => ({ status: 500, headers: [], abort: true }),
    },
  ],
}

interface Choice {
  readonly status: number
  readonly weight: number
}

function chooseStatus({ params, parameters }: EndpointRequest): number {
  const text = params.codes ?? ''
  if (!/[,:]/.test(text)) return parseStatus(text)
  const choices = parseChoices(text)
  const total = choices.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) throw invalid('weights', text, 'are all 0')
  return pick(choices, total, createRandom(parameters))
}

function parseChoices(text: string): readonly Choice[] {
  const parts = text.split(',')
  if (parts.length > MAX_CHOICES) throw new EndpointError(400, `There are more than ${MAX_CHOICES} status codes.`)
  return parts.map(part => {
    const [status = '', weight = '1', ...more] = part.split(':')
    if (more.length > 0) throw invalid('status code', part, 'has more than one weight')
    return { status: parseStatus(status), weight: parseDecimal('weight', weight, { min: 0, max: 1e9 }) }
  })
}

function pick(choices: readonly Choice[], total: number, random: Random): number {
  let rest = random.fraction() * total
  for (const { status, weight } of choices) {
    if (rest < weight) return status
    rest -= weight
  }
  // The sum of the weights is rounded.
  return choices.findLast(({ weight }) => weight > 0)?.status ?? 500
}

/** Informational responses (1xx) are not possible: a final response must follow them (RFC 9110, section 15.2). */
export function parseStatus(text: string): number {
  return parseInteger('status code', text, { min: 200, max: 599 })
}

interface SpecialCase {
  readonly headers: readonly string[]
  readonly content?: string
}

const IMAGE = `${PREFIX}/image/jpeg`
const REDIRECT: SpecialCase = { headers: ['Location', `${PREFIX}/redirect/1`] }

/** What clients expect of some codes besides the code. */
const SPECIAL_CASES: Readonly<Record<number, SpecialCase>> = {
  300: {
    headers: ['Location', IMAGE, 'Content-Type', HTML],
    content: page('Multiple Choices', ['jpeg', 'png', 'svg']),
  },
  301: REDIRECT,
  302: REDIRECT,
  303: REDIRECT,
  305: REDIRECT,
  307: REDIRECT,
  308: { headers: ['Location', IMAGE, 'Content-Type', HTML], content: page('Permanent Redirect', ['jpeg']) },
  401: { headers: ['WWW-Authenticate', 'Basic realm="Fake Realm"'] },
  402: { headers: [], content: 'Payment is required.\n' },
  405: { headers: ['Allow', 'OPTIONS'] },
  406: {
    headers: ['Content-Type', JSON_TYPE],
    content: `${JSON.stringify({
      message: 'The client accepts none of these media types.',
      accept: ['image/webp', 'image/svg+xml', 'image/jpeg', 'image/png', 'image/*'],
    })}\n`,
  },
  407: { headers: ['Proxy-Authenticate', 'Basic realm="Fake Realm"'] },
  418: { headers: ['X-More-Info', 'https://www.rfc-editor.org/rfc/rfc2324'], content: "I'm a teapot!" },
  426: { headers: ['Upgrade', 'websocket'] },
}

function page(title: string, images: readonly string[]): string {
  const items = images.map(kind => `<li><a href="${PREFIX}/image/${kind}">${PREFIX}/image/${kind}</a></li>`)
  return `<!doctype html>\n<html lang="en"><title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n</html>\n`
}

/** RFC 9110, sections 8.6 and 15.3.5: these have no content and no Content-Length. */
const WITHOUT_CONTENT = [204, 304]

function statusResponse(status: number): Response {
  const reason = STATUS_CODES[status] ?? 'Unknown'
  const { headers = [], content = '' } = SPECIAL_CASES[status] ?? {}
  if (WITHOUT_CONTENT.includes(status)) return { status, reason, headers }
  const type = headers.includes('Content-Type') ? [] : ['Content-Type', TEXT]
  const body = Buffer.from(content)
  return { status, reason, headers: [...headers, ...type, 'Content-Length', String(body.length)], body }
}
