import { describe, expect, test, vi } from 'vitest'
import type { Response } from '../../../../servers/http/response/response.ts'
import { applyConditions, refuseChange } from '../../../../servers/http/routes/conditions.ts'

const NOW = Date.UTC(2026, 0, 1)
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'
const HEADERS = [
  'Content-Type',
  'text/plain',
  'Content-Length',
  '1',
  'ETag',
  '"a"',
  'Last-Modified',
  DATE,
  'Vary',
  'Accept',
]
const RESPONSE: Response = { status: 200, headers: HEADERS, body: 'x' }

function apply(headers: Record<string, string>, response = RESPONSE, method = 'GET') {
  return applyConditions({ method, headers }, response, NOW)
}

describe('applyConditions', () => {
  test.each<[string, Record<string, string>, string?]>([
    ['no condition', {}],
    ['the tag in If-Match', { 'if-match': '"a"' }],
    ['another tag in If-None-Match', { 'if-none-match': '"x"' }],
    ['a condition of another method', { 'if-none-match': '"a"' }, 'POST'],
  ])('%s: returns the response', (_title, headers, method) => expect(apply(headers, RESPONSE, method)).toBe(RESPONSE))

  test.each<[string, Record<string, string>]>([
    ['the tag', { 'if-none-match': '"a"' }],
    ['a weak tag', { 'if-none-match': 'W/"a"' }],
    ['the date', { 'if-modified-since': DATE }],
  ])('%s: returns 304 with the fields that a cache needs', (_title, headers) => {
    const fields = ['ETag', '"a"', 'Last-Modified', DATE, 'Vary', 'Accept']
    expect(apply(headers, RESPONSE, 'HEAD')).toEqual({ status: 304, headers: fields })
  })

  test('another tag in If-Match: returns 412', () => expect(apply({ 'if-match': '"x"' }).status).toBe(412))

  test('a response that is not successful stays, whatever the conditions', () => {
    const missing = { status: 404, headers: [] }
    expect(apply({ 'if-match': '"x"' }, missing)).toBe(missing)
    expect(apply({ 'if-none-match': '*' }, missing)).toBe(missing)
  })

  test('a response without validators matches no tag and no date, but *', () => {
    const response = { status: 200, headers: ['Cache-Control', 'no-store'] }
    expect(apply({ 'if-match': '*' }, response)).toBe(response)
    expect(apply({ 'if-modified-since': DATE }, response)).toBe(response)
    expect(apply({ 'if-match': '"a"' }, response).status).toBe(412)
    expect(apply({ 'if-none-match': '*' }, response)).toEqual({ status: 304, headers: ['Cache-Control', 'no-store'] })
  })

  test('a weak tag, and one that is not valid', () => {
    const withTag = (tag: string) => ({ status: 200, headers: ['ETag', tag] })
    expect(apply({ 'if-match': 'W/"a"' }, withTag('W/"a"')).status).toBe(412)
    expect(apply({ 'if-none-match': '"a"' }, withTag('W/"a"')).status).toBe(304)
    expect(apply({ 'if-none-match': '"a"' }, withTag('*')).status).toBe(200)
  })

  test('closes a body that is not sent', () => {
    const close = vi.fn(async () => undefined)
    apply({ 'if-none-match': '*' }, { status: 200, headers: [], body: { async *chunks() {}, close } })
    expect(close).toHaveBeenCalledOnce()
  })
})

describe('refuseChange', () => {
  const refuse = (method: string, headers: Record<string, string>) => refuseChange({ method, headers })?.status

  test.each([
    ['DELETE', { 'if-match': '"a"' }, 412],
    ['POST', { 'if-match': 'W/"a"' }, 412],
    ['DELETE', { 'if-match': '*' }, undefined],
    ['DELETE', { 'if-none-match': '*' }, 412],
    ['DELETE', { 'if-none-match': '"a"' }, undefined],
    ['DELETE', { 'if-match': '*', 'if-none-match': '*' }, 412],
    ['POST', { 'if-none-match': '*' }, undefined],
    ['DELETE', {}, undefined],
    ['GET', { 'if-match': '"a"' }, undefined],
    ['HEAD', { 'if-match': '"a"' }, undefined],
  ])('%s with %j: %s', (method, headers, status) => expect(refuse(method, headers)).toBe(status))
})
