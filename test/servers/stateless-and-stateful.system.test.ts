/**
 * What servers remember. A GET is stateless: any connection to any process gives the same response. The state of an FTP or SMTP
 * session ends with its connection. The session of a cookie is in the store: it outlives connections and processes, and ends
 * when the client signs out.
 */
import { createHash } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess, startFourwire } from '../helpers/cli.ts'
import { suiteFor } from '../helpers/suite.ts'
import { Wire } from '../helpers/wire.ts'
import { LOGIN, openSession, sendCommand } from './ftp/sessions.ts'
import { ENVELOPE, OPENING } from './smtp/transcripts.ts'

/** Starts an HTTP server in a process of its own, on the data folder that all processes of a test share. */
async function startHttp(cwd: string) {
  const started = await startFourwire(['http', '--free-ports', '--quiet', '--data', 'data'], { cwd })
  return { port: started.endpoints[0]?.port ?? 0, stop: () => started.stop() }
}

/** Runs `fourwire http` with the cookies of a file. */
function client(cwd: string, session = 'session.json') {
  return async (port: number, target: string, ...args: string[]) => {
    const url = `http://127.0.0.1:${port}${target}`
    const { stdout } = await runInProcess(['http', url, '--session', session, '--json', ...args], { cwd })
    const { status, headers, body } = JSON.parse(stdout)
    return { status, location: headers.location, body }
  }
}

const SIGN_IN = ['--form', '-d', 'user=alice&password=wonderland']

/** Sends a request on a connection of its own; returns the response without its date. */
async function get(port: number, target: string): Promise<string> {
  const wire = await Wire.connect(port)
  wire.send(`GET ${target} HTTP/1.1\r\nHost: www.fourwire.test\r\nConnection: close\r\n\r\n`)
  const response = await wire.readToEnd()
  expect(response).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*^Date: .*\r\n/m)
  return response.replace(/^Date: .*\r\n/m, '')
}

test('the same GET has the same response on every connection and from every process', async () => {
  const cwd = await emptyFolder()
  const [first, second] = [await startHttp(cwd), await startHttp(cwd)]
  expect(first.port).not.toBe(second.port)
  for (const target of ['/', '/files/', '/files/hello.txt', '/mail', '/api/openapi.json']) {
    const responses = [await get(first.port, target), await get(first.port, target), await get(second.port, target)]
    const digests = responses.map(response => createHash('sha256').update(response).digest('hex'))
    expect(new Set(digests).size, `${target}\n${responses.join('\n')}`).toBe(1)
  }
})

test('the working directory and rename of an FTP session end with its connection', async () => {
  const { ftp } = await suiteFor({ services: ['ftp'] })
  const first = await openSession(ftp.port)
  await first.play(`
    C: CWD files
    S: 250 *
    C: PWD
    S: 257 "/files"
    C: RNFR hello.txt
    S: 350 *
  `)
  const second = await openSession(ftp.port)
  expect(await sendCommand(second, 'PWD')).toBe('257 "/"')
  expect(await sendCommand(second, 'RNTO other.txt')).toBe('503 RNFR comes first')
  expect(await sendCommand(first, 'QUIT')).toMatch(/^221 /)
  const third = await Wire.connect(ftp.port)
  await third.play('S: 220 *\nC: PWD\nS: 530 *')
  await third.play(LOGIN.replace(/.*S: 220.*\n/, ''))
  expect(await sendCommand(third, 'PWD')).toBe('257 "/"')
})

test('an SMTP transaction ends with RSET, and with its connection', async () => {
  const { smtp, mail } = await suiteFor({ services: ['smtp'] })
  const first = await Wire.connect(smtp.port)
  await first.play(OPENING + ENVELOPE)
  const second = await Wire.connect(smtp.port)
  await second.play(`${OPENING}\nC: DATA\nS: 503 5.5.1 Send MAIL first`)
  await first.play('C: RSET\nS: 250 *\nC: DATA\nS: 503 5.5.1 Send MAIL first')
  await first.play(`${ENVELOPE}\nC: QUIT\nS: 221 *\nS: (closed)`)
  const third = await Wire.connect(smtp.port)
  await third.play(`${OPENING}\nC: RCPT TO:<bob@fourwire.test>\nS: 503 5.5.1 Send MAIL first`)
  expect(await mail.list()).toEqual([])
})

test('the session of a cookie ends at sign-out, also for a copy of the cookie', async () => {
  const cwd = await emptyFolder()
  const { http } = await suiteFor({ services: ['http'] })
  const run = client(cwd)
  expect(await run(http.port, '/api/session')).toMatchObject({ status: 401 })
  expect(await run(http.port, '/api/sign-in', ...SIGN_IN)).toMatchObject({ status: 200 })
  expect(await run(http.port, '/api/session')).toMatchObject({ status: 200 })
  await copyFile(path.join(cwd, 'session.json'), path.join(cwd, 'copy.json'))
  const copied = client(cwd, 'copy.json')
  expect(await copied(http.port, '/app/notices')).toMatchObject({ status: 200 })

  expect(await run(http.port, '/api/sign-out', '-d', '')).toMatchObject({ status: 204 })
  expect(await run(http.port, '/api/session')).toMatchObject({ status: 401 })
  expect(await copied(http.port, '/api/session')).toMatchObject({ status: 401 })
  expect(await copied(http.port, '/app/notices')).toMatchObject({
    status: 303,
    location: '/app/sign-in?next=%2Fapp%2Fnotices',
  })
})

test('a session is in the store: another process serves it, and one that starts later', async () => {
  const cwd = await emptyFolder()
  const [first, second] = [await startHttp(cwd), await startHttp(cwd)]
  const run = client(cwd)
  const { status, body } = await run(first.port, '/api/sign-in', ...SIGN_IN)
  expect(status).toBe(200)
  const { id } = JSON.parse(body).session
  const idAt = async (port: number) => JSON.parse((await run(port, '/api/session')).body).session?.id
  expect(await idAt(second.port)).toBe(id)
  const text = 'Written through one process'
  expect(await run(second.port, '/api/notices', '--form', '-d', `text=${text}`)).toMatchObject({ status: 201 })
  expect((await run(first.port, '/api/notices')).body).toContain(text)

  await first.stop()
  await second.stop()
  const restarted = await startHttp(cwd)
  expect(await idAt(restarted.port)).toBe(id)
  expect((await run(restarted.port, '/api/notices')).body).toContain(text)

  const third = await startHttp(cwd)
  expect(await run(third.port, '/api/sign-out', '-d', '')).toMatchObject({ status: 204 })
  expect(await run(restarted.port, '/api/session')).toMatchObject({ status: 401 })
})
