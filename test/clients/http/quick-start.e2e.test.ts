import { expect, test } from 'vitest'
import { emptyFolder, runFourwire } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'

test('the quick start prints and exits as the whole command line does, which runs if there are settings', async () => {
  const { http, dataFolder } = await suiteFor({ services: ['http'], data: await emptyFolder() })
  const cwd = await emptyFolder()
  const commands = [
    ['http', `${http.url}files/hello.txt`, '-i', '-H', 'Range: bytes=0-4'],
    ['http', '/nope', '--data', dataFolder],
    ['http', '127.0.0.1:1'],
    ['http', `${http.url}healthz`, '--timeout', '0'],
  ]
  const withoutDate = (text: string) => text.replace(/^Date: .*$/m, '')
  const results = commands.map(async args => {
    const [quick, whole] = await Promise.all(
      [{}, { FOURWIRE_HTTP_PORT: '1' }].map(env => runFourwire(args, { cwd, env })),
    )
    expect(withoutDate(quick?.stdout ?? '')).toBe(withoutDate(whole?.stdout ?? ''))
    expect({ ...quick, stdout: '' }).toEqual({ ...whole, stdout: '' })
    return quick?.code
  })
  expect(await Promise.all(results)).toEqual([0, 1, 3, 2])
})
