import { expect, test } from 'vitest'
import { IdleTime } from '../../../../servers/ftp/data-connection/idle-time.ts'

/** Each row is a measurement: the time, the transferred bytes, the unacknowledged bytes, and the result. */
test.each<[string, (readonly [now: number, transferred: number, unacknowledged: number, idle: number])[]]>([
  [
    'a connection on which nothing waits is idle since its last activity, one interval before the first measurement',
    [
      [100, 5, 0, 100],
      [200, 5, 0, 200],
      [300, 5, 0, 300],
    ],
  ],
  [
    'until the second measurement, the peer may have acknowledged bytes',
    [
      [100, 5, 9, 0],
      [200, 5, 9, 100],
      [300, 5, 9, 200],
    ],
  ],
  [
    'an acknowledgement is progress',
    [
      [100, 5, 9, 0],
      [200, 5, 9, 100],
      [300, 5, 8, 0],
      [400, 5, 8, 100],
    ],
  ],
  [
    'bytes that were transferred are progress, of one interval ago',
    [
      [100, 5, 0, 100],
      [290, 6, 0, 100],
      [390, 6, 0, 200],
    ],
  ],
  [
    'if an interval was missed, the socket saw activity, though the system may have as many bytes as before',
    [
      [100, 5, 9, 0],
      [200, 5, 9, 100],
      [400, 5, 9, 0],
      [500, 5, 9, 100],
    ],
  ],
])('%s', (_title, measurements) => {
  const idle = new IdleTime(100)
  const results = measurements.map(([now, transferred, unacknowledged]) =>
    idle.measure({ now, transferred, unacknowledged }),
  )
  expect(results).toEqual(measurements.map(([, , , result]) => result))
})
