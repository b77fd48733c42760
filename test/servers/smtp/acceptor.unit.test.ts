import { expect, test } from 'vitest'
import { Acceptor } from '../../../servers/smtp/acceptor.ts'

test('the key that smtp-server brings, which everybody knows, is never loaded', () => {
  expect(new Acceptor({ hideSTARTTLS: true }).secureContext.size).toBe(0)
})
