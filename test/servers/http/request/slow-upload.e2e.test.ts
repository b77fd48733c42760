/** A client that sends a body byte by byte. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'

const CREDENTIALS = Buffer.from('alice:wonderland').toString('base64')

test('an upload that is too slow on average is 408, although each byte is in time, and leaves no file', async () => {
  const suite = await suiteFor({ services: ['http'], http: { requestTimeout: 200 } })
  const wire = await Wire.connect(suite.http.port)
  const head = `PUT /files/slow.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic ${CREDENTIALS}\r\nContent-Length: 10000\r\n\r\n`
  wire.send(head)
  const drip = setInterval(() => wire.send('x'), 20)
  try {
    expect(await wire.line()).toBe('HTTP/1.1 408 Request Timeout')
  } finally {
    clearInterval(drip)
  }
  expect(await readdir(path.join(suite.dataFolder, 'www/files'))).toEqual(['hello.txt', 'numbers.txt'])
})
