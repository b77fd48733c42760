import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Trace } from '../../../shared/trace/trace.ts'

const causeLater = async (trace: Trace) => {
  await setImmediate()
  return trace.cause
}

test('the cause stays with the work, also with work at the same time', async () => {
  const trace = new Trace()
  trace.on(() => undefined)
  const causes = [{ id: 'a' }, { id: 'b' }, undefined]
  const found = await Promise.all(causes.map(cause => trace.runWithCause(cause, () => causeLater(trace))))
  expect(found).toEqual(causes)
  expect(trace.cause).toBeUndefined()
})

test('a trace without listeners keeps no cause, and two traces keep their own', async () => {
  const [silent, one, other] = [new Trace(), new Trace(), new Trace()]
  one.on(() => undefined)
  other.on(() => undefined)
  expect(silent.runWithCause({ id: 'a' }, () => silent.cause)).toBeUndefined()
  const both = one.runWithCause({ id: 'a' }, () =>
    other.runWithCause({ id: 'b' }, async () => [await causeLater(one), await causeLater(other)]),
  )
  expect(await both).toEqual([{ id: 'a' }, { id: 'b' }])
})

test('the cause ends with the last listener, and returns with the next one', async () => {
  const trace = new Trace()
  expect(trace.activations).toBe(0)
  const off = trace.on(() => undefined)
  const running = trace.runWithCause({ id: 'a' }, () => causeLater(trace))
  off()
  expect(await running).toBeUndefined()
  trace.on(() => undefined)
  expect(trace.activations).toBe(2)
  expect(await trace.runWithCause({ id: 'b' }, () => causeLater(trace))).toEqual({ id: 'b' })
})

test('the cause ends when the work is done, but not while other work has one', async () => {
  const trace = new Trace()
  trace.on(() => undefined)
  let detached: Promise<unknown> = Promise.resolve()
  const first = trace.runWithCause({ id: 'a' }, async () => {
    detached = causeLater(trace)
    return trace.cause
  })
  const second = trace.runWithCause({ id: 'b' }, async () => {
    await first
    return [await causeLater(trace), await causeLater(trace)]
  })
  expect(await first).toEqual({ id: 'a' })
  expect(await second).toEqual([{ id: 'b' }, { id: 'b' }])
  await detached
  trace.runWithCause({ id: 'c' }, () => {
    detached = causeLater(trace)
  })
  expect(await detached).toBeUndefined()
})

test('work that fails ends the cause too', async () => {
  const trace = new Trace()
  trace.on(() => undefined)
  let detached: Promise<unknown> = Promise.resolve()
  const fail = () => {
    detached = causeLater(trace)
    throw new Error('refused')
  }
  expect(() => trace.runWithCause({ id: 'a' }, fail)).toThrow('refused')
  expect(await detached).toBeUndefined()
  await expect(trace.runWithCause({ id: 'b' }, async () => fail())).rejects.toThrow('refused')
  expect(await detached).toBeUndefined()
})
