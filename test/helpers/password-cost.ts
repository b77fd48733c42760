/** The lowest cost of scrypt, for tests of what an account may do and not of its hash: one takes 0.01 ms instead of 0.2 s. */
import type { ScryptCost } from '../../shared/store/password.ts'

export const LOWEST_COST: ScryptCost = { N: 2, r: 1, p: 1 }
