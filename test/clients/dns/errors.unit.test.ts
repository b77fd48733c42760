import { expect, test } from 'vitest'
import { throwIfError } from '../../../clients/dns/errors.ts'
import { message } from '../../shared/dns/messages.ts'

test('throws for the first response with an error, with its extended errors', () => {
  const options = [{ code: 15, data: Buffer.from('\0\x12') }]
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options }
  const refused = message({ response: true, rcode: 'REFUSED', edns })
  expect(() => throwIfError([message(), refused, message({ rcode: 'SERVFAIL' })])).toThrow(
    'REFUSED for www.fourwire.test: the server does not answer queries for that name; extended error: 18 (Prohibited)',
  )
  expect(() => throwIfError([message({ rcode: 'FORMERR', questions: [] })])).toThrow('FORMERR: the server could not')
  expect(() => throwIfError([message()])).not.toThrow()
})
