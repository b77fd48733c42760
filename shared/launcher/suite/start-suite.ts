import { resolveSettings, type ServiceName } from '../settings/options.ts'
import { RunningSuite } from './running-suite.ts'
import type { SecureSuite, Suite, SuiteOptions } from './suite.ts'

/**
 * Starts a suite in this process, by default on free ports and with a temporary data folder. With `tls: true`, its own authority
 * issues the certificate: clients trust it with `suite.tls.ca`.
 *
 * @throws UsageError if an option is invalid or the data folder cannot be used
 * @throws BindError if a port is not available; services that were already started are closed
 */
export async function startSuite<const Name extends ServiceName = ServiceName>(
  options: SuiteOptions<Name> & { readonly tls: true; readonly tlsCert?: undefined },
): Promise<SecureSuite<Name>>
/**
 * Starts a suite in this process, by default on free ports and with a temporary data folder.
 *
 * @throws UsageError if an option is invalid or the data folder cannot be used
 * @throws BindError if a port is not available; services that were already started are closed
 */
export async function startSuite<const Name extends ServiceName = ServiceName>(
  options?: SuiteOptions<Name>,
): Promise<Suite<Name>>
export async function startSuite<const Name extends ServiceName>(
  options: SuiteOptions<Name> = {},
): Promise<SecureSuite<Name>> {
  const { log, trace, passwordCost, ...settings } = options
  const running = new RunningSuite(resolveSettings(settings, 'free'), { log, trace, passwordCost, resettable: true })
  await running.start()
  // The options determine which services it has, and whether it has TLS.
  return running.view() as SecureSuite<Name>
}
