import { expect, test } from 'vitest'
import { type ConnectionProgress, IdleTime } from '../../../../servers/ftp/data-connection/idle-time.ts'

const INTERVAL = 100

/** A measurement, one interval after the last unless it says more, and the milliseconds without progress that it returns. */
type Row = readonly [what: string, progress: Partial<ConnectionProgress> & { readonly now: number }, idle: number]

function expectIdle(rows: readonly Row[], unchanged: Pick<ConnectionProgress, 'transferred' | 'unacknowledged'>): void {
  const idle = new IdleTime(INTERVAL)
  const results = rows.map(([what, progress]) => [what, idle.measure({ waited: INTERVAL, ...unchanged, ...progress })])
  expect(results).toEqual(rows.map(([what, , result]) => [what, result]))
}

test('a connection without bytes to acknowledge is idle since something was transferred', () => {
  const rows: Row[] = [
    ['one interval before the first measurement', { now: 100 }, 100],
    ['nothing since', { now: 200 }, 200],
    ['transferred one interval ago', { now: 290, transferred: 6 }, 100],
    ['nothing since', { now: 390, transferred: 6 }, 200],
  ]
  expectIdle(rows, { transferred: 5, unacknowledged: 0 })
})

test('a connection with bytes to acknowledge is idle since the last sign of an acknowledgement', () => {
  const rows: Row[] = [
    ['acknowledged before the first measurement, perhaps', { now: 100 }, 0],
    ['nothing since', { now: 200 }, 100],
    ['nothing since', { now: 300 }, 200],
    ['acknowledged', { now: 400, unacknowledged: 8 }, 0],
    ['nothing since', { now: 500, unacknowledged: 8 }, 100],
    ['the socket waited longer, so it saw activity', { now: 700, waited: 200, unacknowledged: 8 }, 0],
    ['nothing since', { now: 800, unacknowledged: 8 }, 100],
    ['nothing since, measured late', { now: 1100, unacknowledged: 8 }, 400],
  ]
  expectIdle(rows, { transferred: 5, unacknowledged: 9 })
})
