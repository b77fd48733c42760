/** The messages between `WorkerExecutor` and its worker thread. */
import type { QueryRows, Statement, Write } from '../engine.ts'
import type { StoreErrorCode } from '../store-error.ts'
import type { SqliteOptions } from './executor.ts'

export type Call =
  | { readonly method: 'open'; readonly options: SqliteOptions }
  | { readonly method: 'execute'; readonly statement: Statement }
  | { readonly method: 'write'; readonly writes: readonly Write[] }
  | { readonly method: 'close' }

export interface Request {
  readonly id: number
  readonly call: Call
}

/** Errors cross the thread as their parts: structured clone keeps neither the class nor the code. */
export type Response =
  | { readonly id: number; readonly result: QueryRows | undefined }
  | { readonly id: number; readonly error: { readonly code: StoreErrorCode; readonly message: string } }
