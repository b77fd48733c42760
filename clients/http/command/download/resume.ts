/**
 * Continues an interrupted download (RFC 9110, sections 13.1.5 and 14). The client requests the missing bytes only if it knows
 * a strong validator of the first ones, repeats their last byte to compare it, and otherwise starts again. Pure.
 */
import type { PartialRecord } from '../../../../shared/download/partial-record.ts'
import type { HttpResponse } from '../../response.ts'

type ResponseHead = Pick<HttpResponse, 'status' | 'headers' | 'url'>

/** Returns the record for the response of a download that starts; undefined if it cannot be continued. */
export function recordFor(requested: string, { status, headers, url }: ResponseHead): PartialRecord | undefined {
  const validator = strongValidator(headers)
  if (status !== 200 || validator === undefined || headers['accept-ranges'] === 'none') return undefined
  return { requested, url, validator, total: lengthOf(headers) }
}

const STRONG_ETAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/

/** RFC 9110, section 8.8.2.2: a date is a strong validator if it is at least a second before the response. */
const MIN_AGE_MS = 1000

function strongValidator(headers: HttpResponse['headers']): string | undefined {
  const { etag, 'last-modified': modified, date } = headers
  if (etag !== undefined) return STRONG_ETAG.test(etag) ? etag : undefined
  if (modified === undefined || date === undefined) return undefined
  return Date.parse(date) - Date.parse(modified) >= MIN_AGE_MS ? modified : undefined
}

function lengthOf(headers: HttpResponse['headers']): number | undefined {
  const length = headers['content-length'] ?? ''
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined
}

/** Returns the fields of the request for the rest after `size` bytes, which are more than none. */
export function resumeHeaders({ validator }: PartialRecord, size: number): Readonly<Record<string, string>> {
  return { Range: `bytes=${size - 1}-`, 'If-Range': validator }
}

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/

/**
 * Returns the record if the response has the rest from the last byte of `size`; otherwise undefined, and the download has to
 * start again.
 */
export function continuedRecord(
  record: PartialRecord,
  size: number,
  { status, headers, url }: ResponseHead,
): PartialRecord | undefined {
  const [, first = '', last = '', total = ''] = CONTENT_RANGE.exec(headers['content-range'] ?? '') ?? []
  const length = total === '*' ? record.total : Number(total)
  const isRest = status === 206 && first !== '' && Number(first) === size - 1
  const isWhole = length !== undefined && Number(last) === length - 1 && length >= size
  const isSame =
    (record.total === undefined || record.total === length) &&
    withoutQuery(record.url) === withoutQuery(url) &&
    isSameValidator(record.validator, headers)
  return isRest && isWhole && isSame ? { ...record, total: length } : undefined
}

/** The query of a URL after a redirect can be a signature that is new each time. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '')
}

/** RFC 9110, section 15.3.7: a 206 has the validators that the 200 would have; some servers omit them. */
function isSameValidator(validator: string, { etag, 'last-modified': modified }: HttpResponse['headers']): boolean {
  const current = validator.startsWith('"') ? etag : modified
  return current === undefined || current === validator
}
