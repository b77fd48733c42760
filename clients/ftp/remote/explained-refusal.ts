import { RefusedError } from '../../../shared/errors.ts'

/** A refusal whose message names the path, the cause and what to do. */
export class ExplainedRefusal extends RefusedError {}
