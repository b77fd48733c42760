import { expect, test } from 'vitest'
import { Acceptor } from '../../../servers/smtp/acceptor.ts'
import { silentLog } from '../../../shared/log.ts'

test('the key that smtp-server brings, which everybody knows, is never loaded', () => {
  expect(new Acceptor({ hideSTARTTLS: true }, silentLog).secureContext.size).toBe(0)
})
