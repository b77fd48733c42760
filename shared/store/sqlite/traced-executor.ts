/**
 * Emits each statement and its result to the trace, as an exchange of the application and the database. SQLite runs in the
 * process of the application: the trace has no socket to follow. While the trace has no listener, this costs nothing.
 */
import { type Dissected, singleLine } from '../../trace/dissector.ts'
import type { Cause } from '../../trace/event.ts'
import { type Description, lazyMessage } from '../../trace/lazy-message.ts'
import { compactSql, countText } from '../../trace/sql-text.ts'
import type { Trace } from '../../trace/trace.ts'
import type { QueryRows, Statement, Write } from '../engine.ts'
import { StoreError } from '../store-error.ts'
import type { Executor } from './executor.ts'

const NO_BYTES = new Uint8Array()
/** Statements whose text is stored as events show it. */
const MAX_SHOWN = 200

/** The text of a request as events show it. */
interface ShownText {
  readonly text: string
  /** In bytes. */
  readonly size: number
}

export class TracedExecutor implements Executor {
  readonly #executor: Executor
  readonly #trace: Trace
  readonly #shown = new Map<string, ShownText>()
  /** The starts of statements, by the whole. */
  readonly #targets = new Map<string, string>()
  readonly #origin = {
    protocol: 'sql',
    side: 'client',
    // As in syslog, the number is that of the process: several can use one file.
    conversation: `sql:application[${process.pid}]>sqlite`,
    channel: 'control',
  } as const
  #exchange = 0
  /** The value of `trace.activations` when the state was emitted. */
  #activation = 0

  constructor(executor: Executor, trace: Trace) {
    this.#executor = executor
    this.#trace = trace
  }

  execute(statement: Statement): Promise<QueryRows> {
    if (!this.#trace.active) return this.#executor.execute(statement)
    return this.#traced(
      this.#trace.cause,
      this.#show(statement.sql),
      () => this.#executor.execute(statement),
      result => describeResult(statement, result),
    )
  }

  write(writes: readonly Write[], cause?: Cause): Promise<void> {
    if (!this.#trace.active) return this.#executor.write(writes)
    return this.#traced(
      cause,
      showText(this.#describeWrites(writes)),
      () => this.#executor.write(writes),
      () => 'committed',
    )
  }

  close(): Promise<void> {
    return this.#executor.close()
  }

  async #traced<Result>(
    cause: Cause | undefined,
    request: ShownText,
    execute: () => Promise<Result>,
    describe: (result: Result) => string,
  ): Promise<Result> {
    this.#exchange += 1
    const exchange = this.#exchange
    this.#emitState()
    const fields = { kind: 'message', direction: 'request', exchange, size: request.size } as const
    this.#emit(lazyMessage(fields, request.text, describeText), cause)
    const respond = (summary: string) =>
      this.#emit({ kind: 'message', direction: 'response', exchange, summary, bytes: NO_BYTES, size: 0 }, cause)
    try {
      const result = await execute()
      respond(describe(result))
      return result
    } catch (error) {
      respond(describeError(error))
      throw error
    }
  }

  #show(sql: string): ShownText {
    const known = this.#shown.get(sql)
    if (known) return known
    if (this.#shown.size >= MAX_SHOWN) this.#shown.clear()
    const shown = showText(compactSql(sql))
    this.#shown.set(sql, shown)
    return shown
  }

  /** `begin; insert into "messages" x 25; ...; commit`. The statement for a single row is complete, as that of a query. */
  #describeWrites(writes: readonly Write[]): string {
    const [only] = writes
    if (only?.rows.length === 1 && writes.length === 1) return `begin; ${compactSql(only.sql)}; commit`
    const statements = writes.map(
      ({ sql, rows }) => `${this.#targetOf(sql)}${rows.length === 1 ? '' : ` x ${rows.length}`}`,
    )
    return ['begin', ...statements, 'commit'].join('; ')
  }

  #targetOf(sql: string): string {
    const known = this.#targets.get(sql)
    if (known !== undefined) return known
    if (this.#targets.size >= MAX_SHOWN) this.#targets.clear()
    const target = targetOf(sql)
    this.#targets.set(sql, target)
    return target
  }

  /** Once for each time that the trace becomes active, as the event of an open connection. */
  #emitState(): void {
    if (this.#activation === this.#trace.activations) return
    this.#activation = this.#trace.activations
    this.#emit({ kind: 'state', summary: 'SQLite runs in the process of the application: no socket is involved' })
  }

  #emit(body: Dissected, cause?: Cause): void {
    this.#trace.emitFor({ ...this.#origin, cause: cause?.id }, body)
  }
}

function showText(text: string): ShownText {
  return { text, size: Buffer.byteLength(text) }
}

function describeText(text: string): Description {
  return { summary: singleLine(text), bytes: Buffer.from(text) }
}

/** The number of rows that were read, or that were changed. */
function describeResult({ sql }: Statement, { rows, changes }: QueryRows): string {
  const isRead = rows.length > 0 || /^\s*(?:select|with|pragma)\b/i.test(sql)
  return isRead ? countText(rows.length, 'row') : countText(changes, 'change')
}

/** Returns the start of a statement that changes a table, up to the name of the table. */
function targetOf(sql: string): string {
  return /^\s*(?:insert into|update|delete from)\s+[\w"]+/i.exec(sql)?.[0].trim() ?? compactSql(sql)
}

/** The text of the database can quote values. */
function describeError(error: unknown): string {
  return error instanceof StoreError ? `error: ${error.code}` : 'error'
}
