/** Responds with the listing of a folder, as a page or as JSON. Pure. */
import { createHash } from 'node:crypto'
import type { RouteRequest } from '../request/request.ts'
import { contentFields, type Response } from '../response/response.ts'
import { prefersJson } from './accept.ts'
import { formatEntityTag } from './entity-tag.ts'
import { type FolderEntries, listingJson, parseSortOrder, sortEntries } from './listing.ts'
import { listingPage } from './listing-page.ts'
import { planResponse } from './plan-response.ts'
import type { Representation } from './representation.ts'

/** The page runs no script and loads nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"

/** @param fields header fields of every response to a request for a file or folder */
export function listingResponse(
  { method, path, query, headers }: RouteRequest,
  folder: FolderEntries,
  fields: readonly string[],
): Response {
  const order = parseSortOrder(query)
  const listing = { ...folder, entries: sortEntries(folder.entries, order) }
  const representation = prefersJson(headers.accept)
    ? represent('application/json; charset=utf-8', listingJson(path, listing), fields)
    : represent('text/html; charset=utf-8', listingPage(path, listing, order), [
        ...fields,
        'Content-Security-Policy',
        POLICY,
      ])
  // A listing has no ranges.
  const { response, segments } = planResponse(method, { ...headers, range: undefined }, representation, 0, () => '')
  return segments ? { ...response, body: representation.content } : response
}

function represent(type: string, text: string, fields: readonly string[]): Representation & { content: Buffer } {
  const content = Buffer.from(text)
  const etag = { weak: false, opaque: createHash('sha256').update(content).digest('hex').slice(0, 32) }
  const validatorFields = ['ETag', formatEntityTag(etag), 'Vary', 'Accept', 'Cache-Control', 'no-cache', ...fields]
  const headers = [...contentFields(type, content.length), ...validatorFields]
  return { type, size: content.length, coding: undefined, etag, headers, validatorFields, content }
}
