import { expect, test } from 'vitest'
import { cacheControl, parseCacheRule } from '../../../../servers/http/files/cache-rules.ts'

const YEAR = 'max-age=31536000'

test.each([
  ['assets/**=1y immutable', '/assets/app.js', `public, ${YEAR}, immutable`],
  ['assets/**=1y immutable', '/assets/js/deep/app.js', `public, ${YEAR}, immutable`],
  ['assets/**=1y', '/other/assets/app.js', 'no-cache'],
  ['/assets/*=1y', '/assets/app.js', `public, ${YEAR}`],
  ['assets/*=1y', '/assets/js/app.js', 'no-cache'],
  ['*.css=7d', '/a.css', 'public, max-age=604800'],
  ['*.css=7d', '/deep/in/a.css', 'public, max-age=604800'],
  ['*.css=7d', '/a.css.map', 'no-cache'],
  ['app.*.js=30s', '/js/app.1f3a.js', 'public, max-age=30'],
  ['**/img/*=2h', '/a/b/img/c.png', 'public, max-age=7200'],
  ['*=0', '/a', 'public, max-age=0'],
  ['*=10', '/a', 'public, max-age=10'],
  ['*=5m private', '/a', 'max-age=300, private'],
  ['*=1w must-revalidate no-transform', '/a', 'public, max-age=604800, must-revalidate, no-transform'],
  ['*.html=no-store', '/a.html', 'no-store'],
  ['*.html=no-cache', '/a.html', 'no-cache'],
  ['a+(b)[c].js=1s', '/a+(b)[c].js', 'public, max-age=1'],
])('%s: %s has %s', (rule, path, value) => {
  const parsed = parseCacheRule(rule)
  expect(parsed && cacheControl([parsed], path)).toBe(value)
})

test('the first rule that matches counts', () => {
  const rules = ['*.html=no-store', 'docs/**=1h'].map(rule => parseCacheRule(rule)).filter(rule => rule !== undefined)
  expect(['/docs/a.html', '/docs/a.css', '/a.css'].map(path => cacheControl(rules, path))).toEqual([
    'no-store',
    'public, max-age=3600',
    'no-cache',
  ])
})

test.each([
  '',
  'assets/*',
  '=1y',
  '*=',
  '*= 1y',
  '*=1 y',
  '*=1year',
  '*=-1s',
  '*=1.5h',
  '*=99999999999',
  '*=100y',
  '*=1y forever',
  '*=1y  immutable',
  '*=1y immutable\r\nX: y',
  'a b=1y',
])('%j is not a rule', rule => expect(parseCacheRule(rule)).toBeUndefined())
