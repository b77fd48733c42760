/** The options of the hello server. */
import type * as z from 'zod'
import { listenOptions } from '../../shared/options.ts'
import { hello } from '../../shared/protocols/hello.ts'

export const helloOptions = listenOptions(hello.ports.default)

/** The options with their defaults filled in. */
export type HelloOptions = z.output<typeof helloOptions>
