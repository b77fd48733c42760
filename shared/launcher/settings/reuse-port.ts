/** The conditions of `reusePort`: processes that share ports. Pure. */
import { type ResolvedSettings, type ServiceName, SettingError } from './options.ts'

/** The part of `process` that decides. */
export interface System {
  /** `v22.12.0` */
  readonly version: string
  readonly platform: string
}

/** The first Node with the option `reusePort`, as major and minor version. */
const FIRST_NODE = [22, 12] as const

/**
 * Checks that the system can share ports, and that every service has a port to share.
 *
 * @throws SettingError naming what is missing and what to do
 */
export function checkReusePort(settings: ResolvedSettings, system: System): void {
  if (!settings.reusePort) return
  const problem = findFreePort(settings) ?? findMissingSupport(system)
  if (problem !== undefined) throw new SettingError({ path: ['reusePort'], problem }, undefined)
}

function findFreePort({ services, options, tls }: ResolvedSettings): string | undefined {
  const keys = tls ? ['port', 'tlsPort'] : ['port']
  const named = (name: ServiceName) => keys.filter(key => options[name][key] === 0).map(key => `${name}.${key}`)
  const [first] = services.flatMap(named)
  if (first === undefined) return undefined
  return `${first} is 0, any free port, which no other process can know. Give every service a port of its own`
}

function findMissingSupport({ version, platform }: System): string | undefined {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number)
  const isNewEnough = major > FIRST_NODE[0] || (major === FIRST_NODE[0] && minor >= FIRST_NODE[1])
  if (isNewEnough && platform === 'linux') return undefined
  return (
    `needs Node ${FIRST_NODE.join('.')} or newer on Linux; this is Node ${version.replace('v', '')} on ${platform}. ` +
    'Start it with another Node or system, or start the processes on different ports behind a balancer'
  )
}
