/** The worker thread that owns the database of a `WorkerExecutor`. */
import { parentPort } from 'node:worker_threads'
import { ownedBuffers } from '../../async/owned-buffers.ts'
import type { QueryRows } from '../engine.ts'
import { LocalExecutor } from './executor.ts'
import type { Call, Request, Response } from './messages.ts'
import { sqliteError } from './sqlite-error.ts'

let executor: LocalExecutor | undefined

async function run(call: Call): Promise<QueryRows | undefined> {
  switch (call.method) {
    case 'open':
      executor = await LocalExecutor.open(call.options)
      return undefined
    case 'execute':
      return executor?.execute(call.statement)
    case 'write':
      await executor?.write(call.writes)
      return undefined
    case 'close':
      await executor?.close()
      return undefined
  }
}

async function respond({ id, call }: Request): Promise<Response> {
  try {
    return { id, result: await run(call) }
  } catch (error) {
    const { code, message } = sqliteError(error)
    return { id, error: { code, message } }
  }
}

function blobsOf(response: Response): ArrayBuffer[] {
  const rows = 'result' in response ? (response.result?.rows ?? []) : []
  return ownedBuffers(rows.flatMap(row => Object.values(row)))
}

// One call after another, in the order of the requests: `execute` after `open` finds the database open.
let previous: Promise<void> = Promise.resolve()
parentPort?.on('message', (request: Request) => {
  previous = previous.then(async () => {
    const response = await respond(request)
    parentPort?.postMessage(response, blobsOf(response))
  })
})
