/** Zone files that change while the server runs. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { createLog } from '../../../shared/log.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { message } from '../../shared/dns/messages.ts'

/** The text of a zone, with this serial and these lines. */
const zoneText = (text: string, serial = 1) =>
  `$TTL 60\n@ SOA ns host ${serial} 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n${text}`

/** A server of a folder with these zone files, and what to do with them. */
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
    /** What is answered at once: `192.0.2.1` for an address that is there. */
    async ask(name: string) {
      socket.send(encodeMessage(message({ questions: [{ name, type: 'A', class: 'IN' }] })))
      const [bytes] = await once(socket, 'message')
      const { rcode, answers } = decodeMessage(bytes)
      return answers[0]?.data ?? rcode
    },
    /** The lines that the log has of this level, `error` or `warn`. */
    said: (text: string) => logged.filter(line => line.includes(text)).map(line => JSON.parse(line)),
  }
}

const EVENTUALLY = { timeout: 20_000, interval: 20 }

describe('by itself', () => {
  test('a file that is written again is served as it is now', async () => {
    const { ask, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    expect(await ask('www.a.test')).toBe('192.0.2.1')
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n', 2))
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.2'), EVENTUALLY)
  })

  test('a file that an editor puts in the place of the old one, too', async () => {
    const { ask, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    for (const address of ['192.0.2.2', '192.0.2.3']) {
      await writeFile(file('a.test.zone~'), zoneText(`www A ${address}\n`))
      await rename(file('a.test.zone~'), file('a.test.zone'))
      await vi.waitFor(async () => expect(await ask('www.a.test')).toBe(address), EVENTUALLY)
    }
  })

  test('a new file is a new zone, and a zone goes with its file', async () => {
    const { ask, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    expect(await ask('www.b.test')).toBe('REFUSED')
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.2\n'))
    await vi.waitFor(async () => expect(await ask('www.b.test')).toBe('192.0.2.2'), EVENTUALLY)
    await rm(file('a.test.zone'))
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('REFUSED'), EVENTUALLY)
    expect(await ask('www.b.test')).toBe('192.0.2.2')
  })

  test('a file with a mistake changes nothing and is told with its line, once, until it is mended', async () => {
    const { ask, file, said } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\nbad A 192.0.2\n'))
    await vi.waitFor(() => expect(said('invalid zone file')).toHaveLength(1), EVENTUALLY)
    expect(said('invalid zone file')[0]).toMatchObject({
      msg: 'dns: invalid zone file; serving the zone unchanged',
      error: `${file('a.test.zone')}:6: "192.0.2" is not an IPv4 address, in: bad A 192.0.2`,
    })
    expect(await ask('www.a.test')).toBe('192.0.2.1')
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.9\n'))
    await vi.waitFor(async () => expect(await ask('www.b.test')).toBe('192.0.2.9'), EVENTUALLY)
    expect(said('invalid zone file')).toHaveLength(1)
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.3\n'))
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.3'), EVENTUALLY)
  })

  test('a new file with a mistake is no zone until it is mended', async () => {
    const { ask, file, said } = await serve({ 'a.test.zone': zoneText('') })
    await writeFile(file('b.test.zone'), 'nothing\n')
    await vi.waitFor(() => expect(said('b.test.zone:1')).toHaveLength(1), EVENTUALLY)
    expect(said('b.test.zone:1')[0]?.msg).toBe('dns: invalid zone file; not serving the zone')
    expect(await ask('www.b.test')).toBe('REFUSED')
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.2\n'))
    await vi.waitFor(async () => expect(await ask('www.b.test')).toBe('192.0.2.2'), EVENTUALLY)
  })

  test('a changed file whose serial has not risen gets the next one, which is told', async () => {
    const { ask, file, said } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n', 7) })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n', 7))
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.2'), EVENTUALLY)
    expect(said('higher serial')[0]?.notice).toContain('its serial 7 is not higher than the 7 served before')
  })

  test('a folder that is taken away and comes back is followed on', async () => {
    const { ask, file } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    const folder = path.dirname(file('x'))
    await rename(folder, `${folder}-old`)
    expect(await ask('www.a.test')).toBe('192.0.2.1')
    await mkdir(folder)
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.2'), EVENTUALLY)
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.3\n'))
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.3'), EVENTUALLY)
  })
})

describe('what a zone includes', () => {
  const INCLUDING = zoneText('$INCLUDE parts/hosts\n')

  test('is read again when it changes, and when it comes to be there', async () => {
    const { ask, file, said } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    await mkdir(file('parts'))
    await writeFile(file('a.test.zone'), INCLUDING)
    await vi.waitFor(() => expect(said('cannot be included')).toHaveLength(1), EVENTUALLY)
    expect(await ask('www.a.test')).toBe('192.0.2.1')
    await writeFile(file('parts/hosts'), 'www A 192.0.2.2\n')
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.2'), EVENTUALLY)
    await writeFile(file('parts/hosts'), 'www A 192.0.2.3\n')
    await vi.waitFor(async () => expect(await ask('www.a.test')).toBe('192.0.2.3'), EVENTUALLY)
  })

  test('is not followed any more where it is not included any more', async () => {
    const { ask, dns, file } = await serve({ hosts: 'www A 192.0.2.1\n', 'a.test.zone': zoneText('$INCLUDE hosts\n') })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await dns.reload()
    await writeFile(file('hosts'), 'www A 192.0.2.3\n')
    await dns.reload()
    expect(await ask('www.a.test')).toBe('192.0.2.2')
  })
})

describe('when asked to', () => {
  test('what has changed is served when the promise resolves', async () => {
    const { ask, file, dns } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await dns.reload()
    expect(await ask('www.a.test')).toBe('192.0.2.2')
  })

  test('calls at once are answered by readings that began after them', async () => {
    const { ask, file, dns } = await serve({ 'a.test.zone': zoneText('www A 192.0.2.1\n') })
    const first = dns.reload()
    await writeFile(file('a.test.zone'), zoneText('www A 192.0.2.2\n'))
    await Promise.all([first, dns.reload(), dns.reload()])
    expect(await ask('www.a.test')).toBe('192.0.2.2')
  })

  test('a wrong file is the error, and the other files are served as they are now', async () => {
    const { ask, file, dns } = await serve({
      'a.test.zone': zoneText('www A 192.0.2.1\n'),
      'b.test.zone': zoneText(''),
    })
    await writeFile(file('a.test.zone'), zoneText('www A\n'))
    await writeFile(file('b.test.zone'), zoneText('www A 192.0.2.2\n'))
    await expect(dns.reload()).rejects.toThrow(`${file('a.test.zone')}:5: `)
    expect([await ask('www.a.test'), await ask('www.b.test')]).toEqual(['192.0.2.1', '192.0.2.2'])
    await expect(dns.reload()).rejects.toThrow(`${file('a.test.zone')}:5: `)
  })

  test('zones that were given as text have nothing to read again', async () => {
    const zones = [{ origin: 'a.test', text: zoneText('') }]
    const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones } })
    await expect(dns.reload()).resolves.toBeUndefined()
  })
})

test('queries are answered all along while a large zone is read again, none is lost', async () => {
  const many = (address: string) => Array.from({ length: 100_000 }, (_, n) => `h${n} A ${address}\n`).join('')
  const { dns, file, socket, ask } = await serve({ 'big.test.zone': zoneText(many('192.0.2.1')) })
  await writeFile(file('big.test.zone'), zoneText(many('192.0.2.2'), 2))
  let over = false
  const reloaded = dns.reload().finally(() => {
    over = true
  })
  const asked = await askAllAlong(socket, () => over)
  await reloaded
  // Were it read in one go, the first query would be answered when it is over.
  expect(asked).toBeGreaterThan(20)
  expect(await ask('h99999.big.test')).toBe('192.0.2.2')
}, 60_000)

/** Asks one question after the other; every one has to be answered, since the next waits for it. */
async function askAllAlong(socket: Socket, isOver: () => boolean): Promise<number> {
  let asked = 0
  while (!isOver()) {
    const id = ++asked & 0xffff
    socket.send(encodeMessage(message({ id, questions: [{ name: `h${asked}.big.test`, type: 'A', class: 'IN' }] })))
    const [bytes] = await once(socket, 'message')
    const { id: answered, answers } = decodeMessage(bytes)
    expect([answered, answers.length]).toEqual([id, 1])
  }
  return asked
}
