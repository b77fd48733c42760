import { expect, test } from 'vitest'
import { formatBytes } from '../../shared/format-bytes.ts'

test.for([
  [0, '0 B'],
  [0.4, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [150 * 1024, '150 KiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [1024 ** 6, '1048576 TiB'],
] as const)('formats %d bytes as %s', ([bytes, text]) => expect(formatBytes(bytes)).toBe(text))
