import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { runLoad } from '../../../clients/http/command/load/run-load.ts'
import { RefusedError } from '../../../shared/errors.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { serve, serveSocket } from './servers.ts'

const run = async (...args: string[]) => runInProcess(['http', ...args], { cwd: await emptyFolder() })

test('--repeat sends the request so many times over --parallel connections, and prints the times', async () => {
  const bodies: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    sockets.add(request.socket)
    bodies.push(await text(request))
    response.end('0123456789')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const { code, stdout } = await run(authority, '-d', 'a=1', '--repeat', '50', '--parallel', '5')
  expect(code).toBe(0)
  expect(bodies).toEqual(Array.from({ length: 50 }, () => 'a=1'))
  expect(sockets.size).toBe(5)
  expect(stdout).toMatch(
    /^50 requests in [\d.]+ s, 5 at a time\n\d+ requests per second, [\d.]+ \w+ of bodies per second\n/,
  )
  expect(stdout).toMatch(
    /\n50 with status 200\n\nfastest +[\d.]+ ms\naverage .*\n50 % .*\n.*\n90 % .*\n95 % .*\n99 % .*\n99\.9 % /,
  )
  expect(stdout).toMatch(/ ms +\d+ #+\n/)
})

test('with --json the report is a document; a stream is read once and sent each time', async () => {
  const server = await serve(async (request, response) => response.end(await text(request)))
  const { stdout } = await runInProcess(['http', server, '-d', '@-', '--repeat', '3', '--json'], {
    cwd: await emptyFolder(),
    input: 'twelve bytes',
  })
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ requests: 3, failed: 0, connections: 1, bytes: 36, statuses: { 200: 3 }, errors: {} })
  expect(Object.keys(report.times.percentiles)).toEqual(['50', '75', '90', '95', '99', '99.9'])
  expect(report.times.histogram.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(3)
})

test('counts error statuses and closed connections, and fails', async () => {
  let count = 0
  const server = await serve((request, response) => {
    count += 1
    if (count % 3 === 0) request.socket.destroy()
    else response.writeHead(count % 3 === 1 ? 503 : 200).end()
  })
  const { code, stdout, stderr } = await run(server, '--repeat', '9', '--json')
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ requests: 9, failed: 3, statuses: { 200: 3, 503: 3 } })
  expect(Object.values(report.errors)).toEqual([3])
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'fourwire: 6 of 9 requests failed\n' })
})

test('a server that is away, and wrong flags, end the load at once', async () => {
  expect(await run('127.0.0.1:1', '--repeat', '1000000')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('connection refused'),
  })
  expect(await run('127.0.0.1:1', '--repeat', '0')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--repeat'),
  })
  expect(await run('127.0.0.1:1', '--repeat', '1', '--parallel', '1001')).toMatchObject({ code: 2 })
  expect(await run('127.0.0.1:1', '--repeat', '2', '-o', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--repeat excludes --follow and --output'),
  })
})

test('a load that is interrupted has the result so far', async () => {
  const controller = new AbortController()
  let count = 0
  const server = await serveSocket((_head, socket) => {
    const respond = () => {
      count += 1
      if (count === 5) controller.abort(new RefusedError('test', 'interrupted'))
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    }
    respond()
    socket.on('data', respond)
  })
  const request = { url: server, method: 'GET' }
  const result = await runLoad(request, { repeat: 1000, parallel: 1 }, { signal: controller.signal })
  expect(result.times).toHaveLength(4)
  expect(result.errors.size).toBe(0)
})

test('--timings draws the steps on standard error', async () => {
  const server = await serve((_request, response) => response.end('hi'))
  const { stdout, stderr } = await run(server, '--timings')
  expect(stdout).toBe('hi')
  expect(stderr).toMatch(
    /^name +[\d.]+ ms {2}\|[ #]{40}\|\nconnect +[\d.]+ ms {2}\| *#[ #]*\|\nTLS +0\.00 ms {2}\| +\|\nfirst byte +[\d.]+ ms {2}\|[ #]{40}\|\nrest .*#\|\ntotal +[\d.]+ ms\n$/,
  )
})
