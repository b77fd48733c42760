/** Endpoints with sample documents. */
import { randomUUID } from 'node:crypto'
import { contentFields, contentResponse, type Response } from '../../response/response.ts'
import { MAX_LINKS } from '../bounds.ts'
import { HTML, json, text } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest, GET, PREFIX } from '../endpoint.ts'
import { parseInteger, parseWholeNumber } from '../parameters.ts'
import { fieldOf } from '../requests/describe-request.ts'
import { FORM_PAGE, HTML_PAGE, SLIDESHOW, XML_DOCUMENT } from './documents.ts'
import { chooseKind, IMAGES } from './images.ts'
import { redirect } from './redirects.ts'

export const sampleEndpoints: EndpointGroup = {
  title: 'Samples',
  endpoints: [
    {
      path: '/html',
      methods: ANY_METHOD,
      summary: 'An HTML page.',
      example: '-sS URL/html',
      respond: () => contentResponse(200, HTML, HTML_PAGE),
    },
    {
      path: '/json',
      methods: ANY_METHOD,
      summary: 'A JSON document.',
      example: '-sS URL/json',
      respond: () => json(SLIDESHOW),
    },
    {
      path: '/xml',
      methods: ANY_METHOD,
      summary: 'An XML document.',
      example: '-sS URL/xml',
      respond: () => contentResponse(200, 'application/xml', XML_DOCUMENT),
    },
    {
      path: '/image',
      methods: ANY_METHOD,
      summary: 'An image of the type that Accept lists: PNG, WebP, SVG or JPEG; otherwise 415.',
      example: "-sS -o /dev/null -w '%{content_type}\\n' -H 'Accept: image/webp' URL/image",
      respond: ({ headers }) => imageResponse(chooseKind(fieldOf(headers, 'accept')), 415),
    },
    {
      path: '/image/:kind',
      methods: ANY_METHOD,
      summary: 'An image: png, jpeg, svg or webp.',
      example: "-sS -o /dev/null -w '%{content_type}\\n' URL/image/png",
      respond: ({ params }) => imageResponse(params.kind, 404),
    },
    {
      path: '/forms/post',
      methods: GET,
      summary: `A form that a browser sends to ${PREFIX}/post.`,
      example: '-sS URL/forms/post',
      respond: () => contentResponse(200, HTML, FORM_PAGE),
    },
    {
      path: '/links/:n',
      methods: ANY_METHOD,
      summary: `Redirects to the first of n pages (up to ${MAX_LINKS}) that link to each other.`,
      example: '-sS -L URL/links/5',
      respond: ({ params }) => redirect(`/links/${parseLinkCount(params.n)}/0`),
    },
    {
      path: '/links/:n/:offset',
      methods: ANY_METHOD,
      summary: 'A page with links to n pages, except to itself.',
      example: '-sS URL/links/5/2',
      respond: linksPage,
    },
    {
      path: '/uuid',
      methods: ANY_METHOD,
      summary: 'A random UUID (version 4).',
      example: '-sS URL/uuid',
      respond: () => json({ uuid: randomUUID() }),
    },
    {
      path: '/hostname',
      methods: ANY_METHOD,
      summary: 'The name of this server, as it names itself.',
      example: '-sS URL/hostname',
      respond: () => json({ hostname: 'fourwire' }),
    },
    {
      path: '/robots.txt',
      methods: ANY_METHOD,
      summary: 'Rules for robots, which exclude /deny.',
      example: '-sS URL/robots.txt',
      respond: () => text(`User-agent: *\nDisallow: ${PREFIX}/deny\n`),
    },
    {
      path: '/deny',
      methods: ANY_METHOD,
      summary: 'A page that /robots.txt excludes.',
      example: '-sS URL/deny',
      respond: () => text("YOU SHOULDN'T BE HERE\n"),
    },
  ],
}

function imageResponse(kind: string | undefined, statusIfMissing: number): Response {
  const image = IMAGES.get(kind ?? '')
  if (image) return { status: 200, headers: contentFields(image.type, image.content.length), body: image.content }
  const kinds = [...IMAGES].map(([name, { type }]) => `${name} (${type})`).join(', ')
  throw new EndpointError(statusIfMissing, `There is no image of this type. Use ${kinds}.`)
}

function parseLinkCount(text = ''): number {
  return parseInteger('n', text, { min: 0, max: MAX_LINKS })
}

function linksPage({ params }: EndpointRequest): Response {
  const count = parseLinkCount(params.n)
  const offset = parseWholeNumber('offset', params.offset ?? '')
  const links = Array.from({ length: count }, (_, index) =>
    index === offset ? `${index} ` : `<a href="${PREFIX}/links/${count}/${index}">${index}</a> `,
  )
  return contentResponse(200, HTML, `<html><head><title>Links</title></head><body>${links.join('')}</body></html>`)
}
