import fc from 'fast-check'
import { expect, test } from 'vitest'
import { helloDissector } from '../../../../shared/trace/dissectors/hello.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'

const TURNS: readonly Step[] = [
  ['request', 'Hello from client'],
  ['response', 'Hello from server'],
]

test.each([
  ['whole', dissectWhole],
  ['byte by byte', dissectBytewise],
])('each side is told once: %s', (_how, feed) => {
  expect(describeDissected(feed(helloDissector, TURNS))).toEqual([
    'message request 1 Hello from client',
    'message response 1 Hello from server',
  ])
})

test('a side that says nothing is not told', () => {
  expect(describeDissected(dissectWhole(helloDissector, [['response', 'who is there?']]))).toEqual([
    'message response 1 who is there?',
  ])
  expect(dissectWhole(helloDissector, [])).toEqual([])
})

test('a server that says more is told whole, and what a client says after it is passed over', () => {
  const turns: readonly Step[] = [...TURNS, ['response', ', again'], ['request', 'more']]
  expect(describeDissected(dissectWhole(helloDissector, turns))).toEqual([
    'message request 1 Hello from client',
    'message response 1 Hello from server, again',
  ])
})

test('no bytes make it throw, and the pieces they come in do not matter', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (asked, answered) => {
      const turns: readonly Step[] = [
        ['request', asked],
        ['response', answered],
      ]
      expect(describeDissected(dissectWhole(helloDissector, turns))).toEqual(
        describeDissected(dissectBytewise(helloDissector, turns)),
      )
    }),
  )
})
