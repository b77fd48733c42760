/** Tests zone files that change while the server runs. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { createLog } from '../../../shared/log.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { message } from '../../shared/dns/messages.ts'

/** Returns the text of a zone with a serial and these records. */
const zoneText = (records: string, serial = 1) =>
  `$TTL 60\n@ SOA ns host ${serial} 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n${records}`

/** Serves a folder with these zone files. */
async function serve(files: Record<string, string>) {
  const data = await emptyFolder()
  const file = (name: string) => path.join(data, 'zones', name)
  await mkdir(path.join(data, 'zones'))
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text)
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  const { dns } = await suiteFor({ services: ['dns'], data, log, dns: { publish: false } })
  const socket = createSocket('udp4')
  onTestFinished(() => {
    socket.close()
  })
  socket.connect(dns.port, dns.host)
  await once(socket, 'connect')
  return {
    dns,
    file,
    logged,
    socket,
    /** Returns the address of a name, or the response code if there is none. */
    async resolve(name: string) {
      socket.send(encodeMessage(message({ questions: [{ name, type: 'A', class: 'IN' }] })))
      const [bytes] = await once(socket, 'message')
      const { rcode, answers } = decodeMessage(bytes)
      return answers[0]?.data ?? rcode
    },
    /** Returns the log lines that contain the text. */
    logLines: (text: string) => logged.filter(line => line.includes(text)).map(line => JSON.parse(line)),
  }
}

/** A reload takes a few milliseconds. */
const OFTEN = { interval: 20 }

describe('a running server', () => {
  test('reloads a changed file', async () => {
    const { resolve, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    expect(await resolve('www.a.test')).toBe('192.0.2.1')
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n', 2))
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.2')
  })

  test('reloads a file that an editor replaces', async () => {
    const { resolve, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    for (const address of ['192.0.2.2', '192.0.2.3']) {
      await writeFile(file('a.test.zone~'), zoneText(`www A ${address}\n`))
      await rename(file('a.test.zone~'), file('a.test.zone'))
      await expect.poll(() => resolve('www.a.test'), OFTEN).toBe(address)
    }
  })

  test('serves the zone of a new file, and stops serving that of a removed file', async () => {
    const { resolve, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    expect(await resolve('www.b.test')).toBe('REFUSED')
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.2\n'))
    await expect.poll(() => resolve('www.b.test'), OFTEN).toBe('192.0.2.2')
    await rm(file('a.test.zone'))
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('REFUSED')
    expect(await resolve('www.b.test')).toBe('192.0.2.2')
  })

  test('serves a zone unchanged if its file becomes invalid, and logs the error with its line, once', async () => {
    const { resolve, file, logLines } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\nbad A 192.0.2\n'))
    await expect.poll(() => logLines('invalid zone file'), OFTEN).toHaveLength(1)
    expect(logLines('invalid zone file')[0]).toMatchObject({
      msg: 'dns: invalid zone file; serving the zone unchanged',
      error: `${file('a.test.zone')}:6: "192.0.2" is not an IPv4 address, in: bad A 192.0.2`,
    })
    expect(await resolve('www.a.test')).toBe('192.0.2.1')
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.9\n'))
    await expect.poll(() => resolve('www.b.test'), OFTEN).toBe('192.0.2.9')
    expect(logLines('invalid zone file')).toHaveLength(1)
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.3\n'))
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.3')
  })

  test('does not serve the zone of an invalid new file until it is corrected', async () => {
    const { resolve, file, logLines } = await serve({ 'a.test.zone': zoneText('') })
    await writeFile(file('b.test.zone'), 'nothing\n')
    await expect.poll(() => logLines('b.test.zone:1'), OFTEN).toHaveLength(1)
    expect(logLines('b.test.zone:1')[0]?.msg).toBe('dns: invalid zone file; not serving the zone')
    expect(await resolve('www.b.test')).toBe('REFUSED')
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.2\n'))
    await expect.poll(() => resolve('www.b.test'), OFTEN).toBe('192.0.2.2')
  })

  test('serves a changed file without a higher serial with the next serial, and logs that', async () => {
    const { resolve, file, logLines } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n', 7) })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n', 7))
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.2')
    expect(logLines('higher serial')[0]?.notice).toContain('its serial 7 is not higher than the 7 served before')
  })

  test('continues to watch a folder that is moved away and created again', async () => {
    const { resolve, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    const folder = path.dirname(file('x'))
    await rename(folder, `${folder}-old`)
    expect(await resolve('www.a.test')).toBe('192.0.2.1')
    await mkdir(folder)
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.2')
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.3\n'))
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.3')
  })
})

describe('an included file', () => {
  const INCLUDING = zoneText('$INCLUDE parts/hosts\n')

  test('is reloaded when it changes, and when it is created', async () => {
    const { resolve, file, logLines } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    await mkdir(file('parts'))
    await writeFile(file('a.test.zone'), INCLUDING)
    await expect.poll(() => logLines('cannot be included'), OFTEN).toHaveLength(1)
    expect(await resolve('www.a.test')).toBe('192.0.2.1')
    await writeFile(file('parts/hosts'), 'www A 192.0.2.2\n')
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.2')
    await writeFile(file('parts/hosts'), 'www A 192.0.2.3\n')
    await expect.poll(() => resolve('www.a.test'), OFTEN).toBe('192.0.2.3')
  })

  test('is no longer watched once it is not included', async () => {
    const { resolve, dns, file } = await serve({
      hosts: 'www A 192.0.2.1\n',
      'a.test.zone': zoneText('$INCLUDE hosts\n'),
    })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await dns.reload()
    await writeFile(file('hosts'), 'www A 192.0.2.3\n')
    await dns.reload()
    expect(await resolve('www.a.test')).toBe('192.0.2.2')
  })
})

describe('reload()', () => {
  test('resolves when the changed zones are served', async () => {
    const { resolve, file, dns } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await dns.reload()
    expect(await resolve('www.a.test')).toBe('192.0.2.2')
  })

  test('reads the files after each of several concurrent calls', async () => {
    const { resolve, file, dns } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    const first = dns.reload()
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await Promise.all([first, dns.reload(), dns.reload()])
    expect(await resolve('www.a.test')).toBe('192.0.2.2')
  })

  test('rejects with the error of an invalid file, and serves the other changed files', async () => {
    const { resolve, file, dns } = await serve({
      'a.test.zone': zoneText('www A 192.0.2.1\n'),
      'b.test.zone': zoneText(''),
    })
    await writeFile(file('a.test.zone'), zoneText('www A\n'))
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.2\n'))
    await expect(dns.reload()).rejects.toThrow(`${file('a.test.zone')}:5: `)
    expect([await resolve('www.a.test'), await resolve('www.b.test')]).toEqual(['192.0.2.1', '192.0.2.2'])
    await expect(dns.reload()).rejects.toThrow(`${file('a.test.zone')}:5: `)
  })

  test('does nothing for zones given as text', async () => {
    const zones = [{ origin: 'a.test', text: zoneText('') }]
    const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones } })
    await expect(dns.reload()).resolves.toBeUndefined()
  })
})

test('responds to every query while a large zone is reloaded', async () => {
  const many = (address: string) => Array.from({ length: 100_000 }, (_, n) => `h${n} A ${address}\n`).join('')
  const { dns, file, socket, resolve } = await serve({ 'big.test.zone': zoneText(many('192.0.2.1')) })
  await writeFile(file('big.test.zone'), zoneText(many('192.0.2.2'), 2))
  let isReloaded = false
  const reloaded = dns.reload().finally(() => {
    isReloaded = true
  })
  const count = await queryUntil(socket, () => isReloaded)
  await reloaded
  // If the server blocked, it would respond to the first query after the reload. A fast machine has fewer slices.
  expect(count).toBeGreaterThan(4)
  expect(await resolve('h99999.big.test')).toBe('192.0.2.2')
})

/** Sends one query after the other, each after the previous response, until the condition is true. Returns their number. */
async function queryUntil(socket: Socket, isOver: () => boolean): Promise<number> {
  let count = 0
  while (!isOver()) {
    const id = ++count & 0xffff
    socket.send(encodeMessage(message({ id, questions: [{ name: `h${count}.big.test`, type: 'A', class: 'IN' }] })))
    const [bytes] = await once(socket, 'message')
    const { id: responseId, answers } = decodeMessage(bytes)
    expect([responseId, answers.length]).toEqual([id, 1])
  }
  return count
}
