import { expect, test } from 'vitest'
import { createLocate } from '../../../shared/launcher/locate.ts'
import type { Suite } from '../../../shared/launcher/suite/suite.ts'
import { STEPS } from '../../../shared/launcher/tour/steps.ts'
import { emptyFolder, runFourwire } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'

test('the tour runs every step, prints each conversation, and exits with 0', async () => {
  const { code, stdout, stderr } = await runFourwire(['tour'], { cwd: await emptyFolder() })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.split('\n').map(line => line.trim())
  expect(lines).toEqual(
    expect.arrayContaining([
      '> Hello from client',
      '< Hello from server',
      '> query A www.fourwire.test',
      '> GET / HTTP/1.1',
      '> STOR tour.txt',
      '< 226 Transfer complete',
      '> GET /tour.txt HTTP/1.1',
      '> RCPT TO:<bob@fourwire.test>',
      'All 5 steps worked.',
    ]),
  )
  expect(lines.filter(line => line.startsWith('Done: '))).toHaveLength(STEPS.length)
})

test('--pause waits for a key between the steps, and continues if standard input has ended', async () => {
  const { code, stdout } = await runFourwire(['tour', '--pause'], { cwd: await emptyFolder(), input: '' })
  expect(code).toBe(0)
  expect(stdout.split('(press a key)')).toHaveLength(STEPS.length)
})

const takeAlice = (suite: Suite) => suite.accounts.add({ name: 'alice', password: 'another' })

test.each([
  ['ftp and http: a file is uploaded by one, downloaded by the other', {}, takeAlice, '530'],
  ['smtp and http: mail sent, then read', { smtp: { domains: ['elsewhere.test'] } }, undefined, '550'],
  ['dns: a name becomes an address', { dns: { publish: false, zones: [] } }, undefined, 'REFUSED'],
])('a step with a wrong result fails: %s', async (title, settings, prepare, reason) => {
  const suite = await suiteFor(settings)
  await prepare?.(suite)
  const step = STEPS.find(step => step.title === title)
  const options = { trace: suite.trace, locate: createLocate(suite.endpoints, suite.trace, 5000) }
  await expect(step?.run(suite, options)).rejects.toThrow(reason)
})
