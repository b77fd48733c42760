/** The arguments and flags of `fourwire http`. */
import type { BodyFlags } from './open-body.ts'

export interface HttpCommand extends BodyFlags {
  readonly request: readonly string[]
  readonly method?: string | undefined
  readonly head: boolean
  readonly header: readonly string[]
  readonly user?: string | undefined
  readonly include: boolean
  readonly verbose: boolean
  readonly output?: string | undefined
  readonly remoteName: boolean
  readonly continue: boolean
  readonly follow: boolean
  readonly compressed: boolean
  readonly session?: string | undefined
  readonly http2: boolean
  readonly resolve: readonly string[]
  readonly cacert?: string | undefined
  readonly insecure: boolean
  readonly timings: boolean
  readonly repeat?: number | undefined
  readonly parallel: number
  readonly curl: boolean
}
