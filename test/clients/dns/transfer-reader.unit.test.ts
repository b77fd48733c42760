import { describe, expect, test } from 'vitest'
import { TransferReader } from '../../../clients/dns/transfer-reader.ts'
import type { DnsRecord } from '../../../shared/dns/message.ts'
import { RefusedError } from '../../../shared/errors.ts'
import { message, record } from '../../shared/dns/messages.ts'

const ZONE = 'fourwire.test'
const soa = (serial: number, name = ZONE) =>
  record(name, 'SOA', { mname: 'ns', rname: 'host', serial, refresh: 1, retry: 2, expire: 3, minimum: 4 })
const a = (host: string) => record(`${host}.${ZONE}`, 'A', '127.0.0.1')

/** Reads messages with these answers; returns the number of records of each, and whether the transfer is complete. */
function read(messages: readonly (readonly DnsRecord[])[], since?: number) {
  const reader = new TransferReader('Fourwire.test', since)
  const counts = messages.map(answers => reader.push(message({ response: true, answers })).length)
  return { counts, done: reader.isDone }
}

describe('a transfer is complete', () => {
  test.each<[string, DnsRecord[][], number | undefined, number[], boolean]>([
    ['after the second SOA', [[soa(1), a('www'), soa(1)]], undefined, [3], true],
    ['after the second SOA in a later message', [[soa(1)], [a('www')], [soa(1)]], undefined, [1, 1, 1], true],
    ['not before the second SOA', [[soa(1), a('www')], [a('ftp')]], undefined, [2, 1], false],
    ['after two SOAs if the zone is empty', [[soa(1), soa(1)]], undefined, [2], true],
    ['and ignores records after the last SOA', [[soa(1), soa(1), a('www')]], undefined, [2], true],
    ['after a single SOA if the serial is current', [[soa(1)]], 1, [1], true],
    ['after the whole zone in response to IXFR', [[soa(2), a('www'), soa(2)]], 1, [3], true],
    ['after the last SOA of one change', [[soa(2), soa(1), a('old'), soa(2), a('new'), soa(2)]], 1, [6], true],
    [
      'after the last SOA of several changes',
      [
        [soa(3), soa(1), soa(2), a('x')],
        [soa(2), a('x'), soa(3), soa(3)],
      ],
      1,
      [4, 4],
      true,
    ],
    ['not after the SOA of an earlier change', [[soa(3), soa(1), soa(2), soa(2), soa(3)]], 1, [5], false],
  ])('%s', (_, messages, since, counts, done) => {
    expect(read(messages, since)).toEqual({ counts, done })
  })
})

describe('a transfer is invalid', () => {
  test.each<[string, DnsRecord[][], number | undefined, string]>([
    ['if it does not begin with the SOA', [[a('www')]], undefined, 'it begins with a record of type A, not SOA'],
    [
      'if it contains the SOA of another zone',
      [[soa(1, `sub.${ZONE}`)]],
      undefined,
      `it contains the SOA of sub.${ZONE}`,
    ],
    [
      'if it ends with another serial',
      [[soa(1), a('www'), soa(2)]],
      undefined,
      'it ends with serial 2, but began with 1',
    ],
    ['if it contains changes, but the query was AXFR', [[soa(2), soa(1)]], undefined, 'it ends with serial 1'],
    [
      'if it contains records outside the zone',
      [[soa(1), record('evil.test', 'A', '127.0.0.1')]],
      undefined,
      'outside the zone',
    ],
  ])('%s', (_, messages, since, reason) => {
    expect(() => read(messages, since)).toThrow(RefusedError)
    expect(() => read(messages, since)).toThrow(reason)
  })
})
