import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VersionedMap } from '../../../../servers/dns/zone/versioned-map.ts'

/** What a job has looked at by a WeakRef is kept until it is over, so it takes another one. */
async function collectGarbage(): Promise<void> {
  await setImmediate()
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  await setImmediate()
}

const changes = (...all: [string, string | undefined][]) => new Map(all)

describe('a versioned map', () => {
  test('has what was put in, and its old versions have what they had', () => {
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

  test('is the same version where nothing changes', () => {
    const map = new VersionedMap(new Map([['a', '1']]))
    expect(map.with(new Map())).toBe(map)
  })

  test('holds no version but its own and the newest, however long it is kept', async () => {
    const first = new VersionedMap(new Map([['a', 0]]))
    const between: WeakRef<object>[] = []
    let newest = first
    for (let value = 1; value <= 100; value++) {
      newest = newest.with(new Map([['a', value]]))
      between.push(new WeakRef(newest))
    }
    await collectGarbage()
    expect([first.get('a'), newest.get('a')]).toEqual([0, 100])
    expect(between.slice(0, -2).filter(version => version.deref())).toEqual([])
  })

  test('is walked as it was, whatever changes meanwhile', () => {
    const map = new VersionedMap(new Map([...'abc'].map(key => [key, key])))
    const walk = map.entries()
    expect(walk.next().value).toEqual(['a', 'a'])
    map.with(changes(['b', undefined], ['c', 'changed'], ['d', 'new'])).with(changes(['b', 'back']))
    expect([...walk]).toEqual([
      ['b', 'b'],
      ['c', 'c'],
    ])
  })

  test('gives up the places of removed keys once they are more than the others', () => {
    let map = new VersionedMap(new Map([['kept', 'x']]))
    for (let key = 0; key < 3000; key++) map = map.with(changes([`k${key}`, 'y'])).with(changes([`k${key}`, undefined]))
    expect([...map.entries()]).toEqual([['kept', 'x']])
    expect(map.size).toBe(1)
  })

  test('any version made of any other is as a copied map would be', () => {
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
