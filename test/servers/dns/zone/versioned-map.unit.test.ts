import { setImmediate } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VersionedMap } from '../../../../servers/dns/zone/versioned-map.ts'
import { collectGarbage } from '../../../helpers/collect-garbage.ts'

/** A WeakRef keeps its target alive until the end of the current job, so this waits for other jobs. */
async function collectVersions(): Promise<void> {
  await setImmediate()
  collectGarbage()
  await setImmediate()
}

const changes = (...entries: [string, string | undefined][]) => new Map(entries)

describe('a versioned map', () => {
  test('has the changed values, and its old versions have their own values', () => {
    const first = new VersionedMap(new Map([['a', '1']]))
    const second = first.with(changes(['a', '2'], ['b', '3']))
    const third = second.with(changes(['a', undefined]))
    const all = [first, second, third].map(version => [version.size, Object.fromEntries(version.entries())])
    expect(all).toEqual([
      [1, { a: '1' }],
      [2, { a: '2', b: '3' }],
      [1, { b: '3' }],
    ])
    expect([first, second, third].map(version => version.get('a'))).toEqual(['1', '2', undefined])
  })

  test('is the same version if nothing changes', () => {
    const map = new VersionedMap(new Map([['a', '1']]))
    expect(map.with(new Map())).toBe(map)
  })

  test('references no versions except the newest, so that those in between are collected', async () => {
    const first = new VersionedMap(new Map([['a', 0]]))
    const between: WeakRef<object>[] = []
    let newest = first
    for (let value = 1; value <= 100; value++) {
      newest = newest.with(new Map([['a', value]]))
      between.push(new WeakRef(newest))
    }
    await collectVersions()
    expect([first.get('a'), newest.get('a')]).toEqual([0, 100])
    expect(between.slice(0, -2).filter(version => version.deref())).toEqual([])
  })

  test('iterates over the values of its version, despite later changes', () => {
    const map = new VersionedMap(new Map([...'abc'].map(key => [key, key])))
    const iterator = map.entries()
    expect(iterator.next().value).toEqual(['a', 'a'])
    map.with(changes(['b', undefined], ['c', 'changed'], ['d', 'new'])).with(changes(['b', 'back']))
    expect([...iterator]).toEqual([
      ['b', 'b'],
      ['c', 'c'],
    ])
  })

  test('copies the table once most of its keys are removed', () => {
    let map = new VersionedMap(new Map([['kept', 'x']]))
    for (let key = 0; key < 3000; key++) map = map.with(changes([`k${key}`, 'y'])).with(changes([`k${key}`, undefined]))
    expect([...map.entries()]).toEqual([['kept', 'x']])
    expect(map.size).toBe(1)
  })

  test('behaves like a copied map, whichever version a change starts from', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const value = fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined })
    const step = fc.record({ of: fc.nat(), changes: fc.array(fc.tuple(key, value), { maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), steps => {
        const made = [{ map: new VersionedMap(new Map<string, string>()), model: new Map<string, string>() }]
        for (const { of, changes: list } of steps) {
          const from = made[of % made.length]
          if (!from) continue
          const model = new Map(from.model)
          for (const [k, v] of new Map(list)) v === undefined ? model.delete(k) : model.set(k, v)
          made.push({ map: from.map.with(new Map(list)), model })
        }
        for (const { map, model } of made) {
          expect(new Map(map.entries())).toEqual(model)
          expect(map.size).toBe(model.size)
        }
      }),
    )
  })
})
