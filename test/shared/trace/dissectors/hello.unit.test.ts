import fc from 'fast-check'
import { expect, test } from 'vitest'
import { helloDissector } from '../../../../shared/trace/dissectors/hello.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

const STEPS: readonly Step[] = [
  ['request', 'Hello from client'],
  ['response', 'Hello from server'],
]

test.each([
  ['in whole steps', dissectWhole],
  ['byte by byte', dissectBytewise],
])('emits one message per side, %s', (_title, dissect) => {
  expect(describeDissected(dissect(helloDissector, STEPS))).toEqual([
    'message request 1 Hello from client',
    'message response 1 Hello from server',
  ])
})

test('emits nothing for a side that sends nothing', () => {
  expect(describeDissected(dissectWhole(helloDissector, [['response', 'Hello?']]))).toEqual([
    'message response 1 Hello?',
  ])
  expect(dissectWhole(helloDissector, [])).toEqual([])
})

test('a later chunk of the server is part of its message; a later one of the client is ignored', () => {
  const steps: readonly Step[] = [...STEPS, ['response', ', again'], ['request', 'more']]
  expect(describeDissected(dissectWhole(helloDissector, steps))).toEqual([
    'message request 1 Hello from client',
    'message response 1 Hello from server, again',
  ])
})

test('never throws, and the size of the chunks makes no difference', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (request, response) => {
      const steps: readonly Step[] = [
        ['request', request],
        ['response', response],
      ]
      expect(describeDissected(dissectWhole(helloDissector, steps))).toEqual(
        describeDissected(dissectBytewise(helloDissector, steps)),
      )
    }),
  )
})
