import { expect, test } from 'vitest'
import { prefersJson, requestsPage } from '../../../../servers/http/files/accept.ts'

test.each([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['text/html', false],
  ['application/json', true],
  ['APPLICATION/JSON', true],
  ['application/*', true],
  // A browser.
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
  // axios.
  ['application/json, text/plain, */*', true],
  ['text/html, application/json', false],
  ['text/html;q=0.9, application/json', true],
  ['text/html, application/json;q=0.9', false],
  ['application/json;q=0', false],
  ['application/json;q=0.001', true],
  ['*/*, application/json;q=0', false],
  ['*/*, text/html;q=0.5', true],
  ['text/*, application/json', true],
  ['application/json; charset=utf-8; q=0.5, text/html;q=0.6', false],
  ['application/json;q=2, text/html;q=0.5', true],
  ['json, , text/html', false],
])('%j: %s', (accept, json) => expect(prefersJson(accept)).toBe(json))

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/*', false],
  ['application/json', false],
  ['text/html', true],
  ['text/html;q=0', false],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
])('%j requests a page: %s', (accept, page) => expect(requestsPage(accept)).toBe(page))
