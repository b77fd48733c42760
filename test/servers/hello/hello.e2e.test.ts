import { expect, test } from 'vitest'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

test('answers a text and closes', async () => {
  const suite = await suiteFor({ services: ['hello'] })
  const wire = await Wire.connect(suite.hello.port)
  wire.send('Hello from client')
  expect(await wire.readToEnd()).toBe('Hello from server')
})

test('traces the conversation', async () => {
  const suite = await suiteFor({ services: ['hello'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.hello.port)
  wire.send('Hello from client')
  await wire.readToEnd()
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.lines()).toEqual([
    'open control',
    'message request 1 Hello from client',
    'message response 1 Hello from server',
    'close control',
  ])
})

test('disconnects a client that sends more than 64 KiB, and serves others', async () => {
  const suite = await suiteFor({ services: ['hello'] })
  const recorder = recordEvents(suite.trace)
  const flood = await Wire.connect(suite.hello.port)
  flood.send('x'.repeat(64 * 1024))
  flood.send('y')
  const error = await recorder.until(event => event.kind === 'error')
  expect(error.summary).toBe('sent more than 65536 bytes')
  await recorder.until(event => event.kind === 'close')
  const wire = await Wire.connect(suite.hello.port)
  wire.send('still there?')
  expect(await wire.readToEnd()).toBe('Hello from server')
})

test('close() does not wait for a client that has its answer and stays connected', async () => {
  const suite = await suiteFor({ services: ['hello'], drainTime: 60_000 })
  const wire = await Wire.connect(suite.hello.port)
  wire.send('Hello')
  expect(await wire.readToEnd()).toBe('Hello from server')
  await suite.close()
})

test('close() ends an idle client within the drain time', async () => {
  const suite = await suiteFor({ services: ['hello'], drainTime: 0 })
  const silent = await Wire.connect(suite.hello.port)
  await suite.close()
  expect(await silent.readToEnd()).toBe('')
})

test('two suites in one process are independent', async () => {
  const first = await suiteFor({ services: ['hello'] })
  const second = await suiteFor({ services: ['hello'] })
  const recorder = recordEvents(second.trace)
  const wire = await Wire.connect(first.hello.port)
  wire.send('for the first only')
  await wire.readToEnd()
  expect(recorder.events).toEqual([])
})
