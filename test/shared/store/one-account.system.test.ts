/**
 * One account, one control: a change of an account by another process takes effect at once in HTTP, FTP and SMTP, in sessions
 * that are open too.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, runFourwire, startFourwire } from '../../helpers/cli.ts'
import { openStore } from '../../helpers/store.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession as openFtp, sendCommand, upload } from '../../servers/ftp/sessions.ts'
import { signedInClient } from '../../servers/http/app/client.ts'
import { ENVELOPE, OPENING } from '../../servers/smtp/transcripts.ts'
import { describeOnEveryDatabase } from './engines.ts'

const PASSWORD = 'secret'
const AUTH = Buffer.from(`\0ann\0${PASSWORD}`).toString('base64')

const FTP_LOGIN = `
  S: 220 *
  C: USER ann
  S: 331 *
  C: PASS ${PASSWORD}
  S: 230 ann is logged in
`

const SMTP_LOGIN = `
  ${OPENING}
  C: AUTH PLAIN ${AUTH}
  S: 235 *
`

describeOnEveryDatabase(
  ({ locate }) => {
    /**
     * Starts the command with an account, and signs in by three protocols. `accounts` changes the same database from the process
     * of the test, and `user` runs `fourwire user` in a third process.
     */
    async function setUp(context: Parameters<typeof locate>[0]) {
      const cwd = await emptyFolder()
      const location = await locate(context)
      const store = location.kind === 'postgres' ? ['--store', location.url] : []
      const user = async (...args: string[]) => {
        const { code, stdout, stderr } = await runFourwire(['user', ...args, ...store], { cwd })
        expect([code, stderr]).toEqual([0, ''])
        return stdout
      }
      const file = path.join(cwd, 'fourwire-data/fourwire.db')
      await mkdir(path.dirname(file))
      const { accounts } = await openStore(location.kind === 'postgres' ? location : { kind: 'sqlite', file })
      const add = () => accounts.add({ name: 'ann', password: PASSWORD })
      await add()
      const { endpoints } = await startFourwire(['http', 'ftp', 'smtp', '--free-ports', '--quiet', ...store], { cwd })
      const portOf = (name: string) => endpoints.find(({ service }) => service === name)?.port ?? 0
      const ftp = await openFtp(portOf('ftp'), FTP_LOGIN)
      const smtp = await Wire.connect(portOf('smtp'))
      const http = await signedInClient(`http://127.0.0.1:${portOf('http')}/`, 'ann', PASSWORD)
      return { user, accounts, add, ftp, smtp, http, portOf }
    }

    test('permissions change in open sessions', async context => {
      const { user, ftp, http } = await setUp(context)
      const account = async () => (await http.get('/api/session')).json
      const put = (name: string) => http.send('PUT', `/api/files/${name}`, { body: 'by HTTP' })
      const statusOf = async (request: Promise<{ status: number }>) => (await request).status
      await upload(ftp, 'STOR mine.txt', 'mine')
      expect(await account()).toMatchObject({ account: { read: ['/'], write: ['/'] } })

      expect(await user('set', 'ann', '--no-write')).toBe('changed ann: reads /, writes nothing\n')
      for (const command of ['STOR x.txt', 'APPE mine.txt', 'DELE mine.txt', 'MKD x', 'RMD files', 'RNFR mine.txt']) {
        expect(await sendCommand(ftp, command), command).toBe('550 This account may only read')
      }
      expect(await sendCommand(ftp, 'SIZE mine.txt')).toBe('213 4')
      expect(await statusOf(put('x.txt'))).toBe(403)
      expect(await statusOf(http.send('DELETE', '/api/files/mine.txt'))).toBe(403)
      expect(await statusOf(http.get('/api/files/mine.txt'))).toBe(200)
      expect(await account()).toMatchObject({ account: { read: ['/'], write: [] } })

      await user('set', 'ann', '--read', '/files', '--write', '/files')
      for (const command of ['RETR mine.txt', 'SIZE mine.txt', 'MDTM mine.txt', 'MLST mine.txt']) {
        expect(await sendCommand(ftp, command), command).toBe('550 This account may not read /mine.txt')
      }
      expect(await sendCommand(ftp, 'DELE mine.txt')).toBe('550 This account may not delete /mine.txt')
      expect(await statusOf(http.get('/api/files/mine.txt'))).toBe(403)
      expect(await statusOf(put('mine.txt'))).toBe(403)
      expect(await statusOf(put('files/ann.txt'))).toBe(201)
      expect(await sendCommand(ftp, 'SIZE files/ann.txt')).toBe('213 7')
      expect(await account()).toMatchObject({ account: { read: ['/files'], write: ['/files'] } })

      await user('set', 'ann', '--read', '/', '--write', '/')
      expect(await user('set', 'ann', '--no-delete')).toBe('changed ann: reads /, writes /, deletes nothing\n')
      expect(await account()).toMatchObject({ account: { write: ['/'], delete: [] } })
      expect(await statusOf(put('mine.txt'))).toBe(204)
      expect(await sendCommand(ftp, 'DELE mine.txt')).toBe('550 This account may not delete /mine.txt')
      expect(await statusOf(http.send('DELETE', '/api/files/mine.txt'))).toBe(403)
      await user('set', 'ann', '--delete', '/')
      expect(await sendCommand(ftp, 'DELE mine.txt')).toBe('250 Removed')
    })

    test('a permission that is removed between RNFR and RNTO is missing for RNTO', async context => {
      const { accounts, ftp } = await setUp(context)
      await upload(ftp, 'STOR mine.txt', 'mine')
      expect(await sendCommand(ftp, 'RNFR mine.txt')).toMatch(/^350 /)
      await accounts.update('ann', { write: [] })
      expect(await sendCommand(ftp, 'RNTO other.txt')).toBe('550 This account may only read')
      expect(await sendCommand(ftp, 'SIZE mine.txt')).toBe('213 4')
    })

    test('a quota that is lowered applies within about a second, one that is raised at once', async context => {
      const { accounts, smtp } = await setUp(context)
      await smtp.play(OPENING)
      const reply = async () => {
        await smtp.play('C: RSET\nS: 250 *\nC: MAIL FROM:<bob@fourwire.test>\nS: 250 *')
        smtp.send('RCPT TO:<ann@fourwire.test>\r\n')
        return smtp.line()
      }
      expect(await reply()).toMatch(/^250 /)
      await accounts.update('ann', { quota: 0 })
      await expect.poll(reply).toBe('452 4.2.2 The mailbox is full, try again later')
      await accounts.update('ann', { quota: null })
      expect(await reply()).toMatch(/^250 /)
    })

    test('an account that is removed can do nothing in open sessions, also if one of its name is added', async context => {
      const { accounts, add, ftp, smtp, http, portOf } = await setUp(context)
      await smtp.play(SMTP_LOGIN)
      await smtp.play(`${ENVELOPE}\nC: DATA\nS: 354 *`)
      const second = await openFtp(portOf('ftp'), FTP_LOGIN)

      await accounts.remove('ann')
      expect(await sendCommand(ftp, 'RETR files/hello.txt')).toBe('530 The account ann was removed; log in again')
      expect(await sendCommand(ftp, 'RETR files/hello.txt')).toBe('530 Log in first, with USER and PASS')
      await smtp.play(`
        C: Subject: too late
        C:
        C: .
        S: 550 5.7.1 The account of this session was removed; connect and sign in again
        C: MAIL FROM:<ann@fourwire.test>
        S: 550 5.7.1 *
        C: RCPT TO:<bob@fourwire.test>
        S: 503 *
      `)
      expect((await http.get('/api/session')).status).toBe(401)
      expect((await http.get('/api/files/files/hello.txt')).status).toBe(401)
      expect((await http.get('/app/notices')).status).toBe(303)
      expect((await http.get('/mail')).json).toEqual([])

      await add()
      expect(await sendCommand(second, 'LIST')).toBe('530 The account ann was removed; log in again')
      await smtp.play('C: MAIL FROM:<ann@fourwire.test>\nS: 550 5.7.1 *')
      expect((await http.get('/api/session')).status).toBe(401)
      await second.play(FTP_LOGIN.replace('S: 220 *\n', ''))
      expect(await sendCommand(second, 'SIZE files/hello.txt')).toBe('213 21')
      await (await Wire.connect(portOf('smtp'))).play(SMTP_LOGIN + ENVELOPE)
    })
  },
  ['file', 'postgres'],
)

test('a stored account replaces the demonstration account of its name in open sessions', async () => {
  const suite = await suiteFor({ services: ['ftp'] })
  const ftp = await openFtp(suite.ftp.port)
  expect(await sendCommand(ftp, 'SIZE files/hello.txt')).toBe('213 21')
  await suite.accounts.add({ name: 'alice', password: 'x', write: [] })
  expect(await sendCommand(ftp, 'SIZE files/hello.txt')).toBe('530 The account alice was removed; log in again')
})
