/** Builds the package before the first test, so that tests of the command line run the current code as users get it. */
import { buildPackage } from '../../esbuild.config.ts'

export const setup = buildPackage
