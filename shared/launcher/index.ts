/** Fourwire as a library: `import { startSuite } from 'fourwire'`. */
export { BindError, FourwireError, RefusedError, UnreachableError, UsageError } from '../errors.ts'
export type { Endpoint } from '../service.ts'
export type { TraceEvent } from '../trace/event.ts'
export { Trace } from '../trace/trace.ts'
export type { ServiceName } from './options.ts'
export { type RunningService, type Suite, type SuiteOptions, startSuite } from './suite.ts'
