import { expect, test } from 'vitest'
import { Dissection } from '../../../shared/trace/dissection.ts'
import type { Dissected } from '../../../shared/trace/dissector.ts'

test('a dissector that throws ends only the dissection', () => {
  const results: string[] = []
  const receiver = {
    emitDissected: ({ summary }: Dissected) => void results.push(summary),
    emitError: (summary: string) => void results.push(summary),
  }
  const dissector = {
    transferExchange: 3,
    push: (): Dissected[] => [{ kind: 'state', summary: 'pushed' }],
    end: (): never => {
      throw new Error('a defect')
    },
  }
  const dissection = new Dissection(dissector, receiver)
  dissection.startTls()
  dissection.push('request', new Uint8Array(1))
  expect(dissection.transferExchange).toBe(3)
  dissection.end('request')
  dissection.end('request')
  dissection.startTls()
  dissection.push('response', new Uint8Array(1))
  expect(results).toEqual(['pushed', 'the dissector failed: a defect'])
  expect(dissection.transferExchange).toBe(0)
})
