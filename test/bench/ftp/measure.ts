/** Measures one workload with all servers, in alternating rounds. */
import { errorText } from '../../../shared/errors.ts'
import { alternateRounds } from '../rounds.ts'
import type { RunningServer } from '../server-process.ts'
import type { Contestant } from './contestants.ts'
import { load, offersTls, perSecond, type Target } from './load.ts'
import type { Measured } from './report.ts'
import { clearUploads, type Site } from './site.ts'
import { isLargeUpload, WORKLOADS, type Workload, type WorkloadName } from './workloads.ts'

export interface Settings {
  readonly rounds: number
  /** Duration of each run, about. */
  readonly seconds: number
}

/** The duration of the warm-up of each run, which is not measured. */
const WARM_UP_SECONDS = 0.5
/** The size of the file of a warm-up that uploads one. */
const WARM_UP_BYTES = 16 * 1024 ** 2

/** Servers that cannot do it have no figures, but the reason. */
export async function measureWorkload(
  name: WorkloadName,
  candidates: readonly Contestant[],
  site: Site,
  { rounds, seconds }: Settings,
): Promise<Measured[]> {
  const workload: Workload = WORKLOADS[name]
  const checked: { readonly contestant: Contestant; readonly missing: string | undefined }[] = []
  for (const contestant of candidates) {
    checked.push({ contestant, missing: await whyMissing(contestant, name, site) })
  }
  const able = checked.filter(({ missing }) => missing === undefined)
  const failures = new Map<string, string>()
  const runs = able.map(({ contestant }) => ({
    name: contestant.name,
    // ftp-srv loses the first bytes of TLS in some runs.
    run: () =>
      measureOnce(workload, contestant, site, seconds).catch((error: unknown) => {
        failures.set(contestant.name, errorText(error))
        return Number.NaN
      }),
  }))
  const results = await alternateRounds(runs, rounds)
  return checked.map(({ contestant, missing }) => {
    const failure = failures.get(contestant.name)
    return {
      name: contestant.name,
      figures: results.find(result => result.name === contestant.name)?.all ?? [],
      ...(missing !== undefined && { missing }),
      ...(failure !== undefined && { failure }),
    }
  })
}

async function measureOnce(workload: Workload, contestant: Contestant, site: Site, seconds: number): Promise<number> {
  const server = await contestant.start(site, workload)
  try {
    const target = { site, contestant, port: server.port }
    await warmUp(workload, target)
    return perSecond(workload, await load(workload, { ...target, seconds }))
  } finally {
    await server.stop()
    await clearUploads(site)
  }
}

async function warmUp(workload: Workload, target: Omit<Target, 'seconds'>, seconds = WARM_UP_SECONDS): Promise<void> {
  const bigBytes = Math.min(target.site.bigBytes, WARM_UP_BYTES)
  const site = isLargeUpload(workload) ? { ...target.site, bigBytes } : target.site
  await load(workload, { ...target, site, seconds })
}

/** Returns why a server cannot take part, such as a missing package or TLS; tries the workload once. */
async function whyMissing(contestant: Contestant, name: WorkloadName, site: Site): Promise<string | undefined> {
  const reason = contestant.cannot?.[name]
  if (reason !== undefined) return reason
  const workload: Workload = WORKLOADS[name]
  let server: RunningServer | undefined
  try {
    server = await contestant.start(site, workload)
    if (workload.program === 'curl' && !(await offersTls(server.port))) return 'it has no TLS'
    await warmUp(workload, { site, contestant, port: server.port }, 0)
    return undefined
  } catch (error) {
    return errorText(error)
  } finally {
    await server?.stop()
    await clearUploads(site)
  }
}
