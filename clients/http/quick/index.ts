/** The part of `fourwire http` that starts fast. */
export { runRequest } from '../command/run-request.ts'
export { parseQuickly } from './parse-quickly.ts'
