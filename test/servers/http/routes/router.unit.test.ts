import { describe, expect, test } from 'vitest'
import { allowField, Router } from '../../../../servers/http/routes/router.ts'

describe('router', () => {
  const router = new Router<string>(
    [['/mail'], ['/mail/:id'], ['/mail/:id/parts/:part'], ['/:any/x']].map(([path = '']) => ({
      path,
      methods: { GET: path },
    })),
  )
  test.each([
    ['/mail', '/mail', {}],
    ['/mail/7', '/mail/:id', { id: '7' }],
    ['/mail/7/parts/1', '/mail/:id/parts/:part', { id: '7', part: '1' }],
    ['/other/x', '/:any/x', { any: 'other' }],
  ])('%s matches %s', (path, route, params) =>
    expect(router.find(path)).toMatchObject({ route: { path: route }, params }),
  )

  test.each(['/', '/mail/', '/mailbox', '/mail/7/parts', '/mail/7/other/1', '//x', '/MAIL'])(
    '%s matches no route',
    path => expect(router.find(path)).toBeUndefined(),
  )

  test('allows HEAD with GET, and OPTIONS always', () => {
    expect(allowField({ GET: 1, POST: 1 })).toBe('GET, HEAD, POST, OPTIONS')
    expect(allowField({ OPTIONS: 1 })).toBe('OPTIONS')
  })
})
