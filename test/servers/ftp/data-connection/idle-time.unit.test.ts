import { expect, test } from 'vitest'
import { IdleTime } from '../../../../servers/ftp/data-connection/idle-time.ts'

/** Each row is a measurement: the time, how long the socket waited, the transferred and the unacknowledged bytes, and the result. */
test.each<
  [string, (readonly [now: number, waited: number, transferred: number, unacknowledged: number, idle: number])[]]
>([
  [
    'a connection on which nothing waits is idle since its last activity, one interval before the first measurement',
    [
      [100, 100, 5, 0, 100],
      [200, 100, 5, 0, 200],
      [300, 100, 5, 0, 300],
    ],
  ],
  [
    'until the second measurement, the peer may have acknowledged bytes',
    [
      [100, 100, 5, 9, 0],
      [200, 100, 5, 9, 100],
      [300, 100, 5, 9, 200],
    ],
  ],
  [
    'an acknowledgement is progress',
    [
      [100, 100, 5, 9, 0],
      [200, 100, 5, 9, 100],
      [300, 100, 5, 8, 0],
      [400, 100, 5, 8, 100],
    ],
  ],
  [
    'bytes that were transferred are progress, of one interval ago',
    [
      [100, 100, 5, 0, 100],
      [290, 100, 6, 0, 100],
      [390, 100, 6, 0, 200],
    ],
  ],
  [
    'a socket that waited longer saw activity, though the system may have as many bytes as before',
    [
      [100, 100, 5, 9, 0],
      [200, 100, 5, 9, 100],
      [400, 200, 5, 9, 0],
      [500, 100, 5, 9, 100],
    ],
  ],
  [
    'a measurement that took long is not activity',
    [
      [100, 100, 5, 9, 0],
      [400, 100, 5, 9, 300],
    ],
  ],
])('%s', (_title, measurements) => {
  const idle = new IdleTime(100)
  const results = measurements.map(([now, waited, transferred, unacknowledged]) =>
    idle.measure({ now, waited, transferred, unacknowledged }),
  )
  expect(results).toEqual(measurements.map(([, , , , result]) => result))
})
