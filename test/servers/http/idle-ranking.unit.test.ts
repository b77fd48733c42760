/** Which connection makes room for a new client, and how many are looked at for it. */
import { expect, test } from 'vitest'
import { IdleRanking } from '../../../servers/http/idle-ranking.ts'

class Connection {
  static looks = 0
  readonly connection = { socket: { destroyed: false } }
  readonly handler: { readonly idleSince: number | undefined }
  since: number | undefined

  constructor(since: number | undefined) {
    this.since = since
    const read = () => {
      Connection.looks += 1
      return this.since
    }
    this.handler = {
      get idleSince() {
        return read()
      },
    }
  }
}

const connections = (...idleSince: (number | undefined)[]) => idleSince.map(since => new Connection(since))

test('the idlest is first; those that have work do not count', () => {
  const open = connections(30, undefined, 10, 20)
  const ranking = new IdleRanking<Connection>()
  expect([1, 2, 3, 4].map(() => ranking.take(open.splice(0))?.since)).toEqual([10, 20, 30, undefined])
})

test('a connection that had work meanwhile, or has closed, is not chosen', () => {
  const open = connections(10, 20, 30, 40)
  const [, second, third] = open
  const ranking = new IdleRanking<Connection>()
  expect(ranking.take(open)?.since).toBe(10)
  if (second) second.since = 50
  if (third) third.connection.socket.destroyed = true
  expect(ranking.take(open)?.since).toBe(40)
})

test('the connections of one address are ranked by themselves', () => {
  const [all, some] = [connections(10, 20), connections(30, 40)]
  const ranking = new IdleRanking<Connection>()
  expect(ranking.take(all)?.since).toBe(10)
  expect(ranking.take(some, '127.0.0.2')?.since).toBe(30)
  expect(ranking.take(some, '127.0.0.2')?.since).toBe(40)
  expect(ranking.take(all.slice(1))?.since).toBe(20)
})

test('a thousand choices among 4096 look at each connection a few times', () => {
  const open = new Set(connections(...Array.from({ length: 4096 }, (_, index) => index)))
  const ranking = new IdleRanking<Connection>()
  Connection.looks = 0
  for (let count = 0; count < 1000; count += 1) {
    const chosen = ranking.take([...open])
    expect(chosen?.since).toBe(count)
    if (chosen) open.delete(chosen)
  }
  expect(Connection.looks).toBeLessThan(5 * 4096)
})
