/**
 * `npm run fuzz:ftp [-- COMMANDS] [--seed N] [--skip N]`: sends valid and mutated commands to the FTP server over live sessions,
 * with data connections in both modes, over TLS in part, and ends the sessions in every way. The trace is read half of the time.
 * Fails if a session crashes the server, is a defect in its log, hangs, gets an invalid reply or anything of the files outside
 * the served folder, to which links lead; if one of those files changes; if memory or open files grow; or if the server then
 * does not serve. It prints the steps of a session that fails.
 */
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Client } from 'basic-ftp'
import { createLog, type Suite, startSuite } from '../../shared/launcher/index.ts'
import { LOWEST_COST } from '../helpers/password-cost.ts'
import { Canaries } from './ftp/canaries.ts'
import { play } from './ftp/play.ts'
import { type FuzzSession, session } from './ftp/sessions.ts'
import { Campaign, parseFuzzArguments, reportFailure } from './shared/campaign.ts'

const NAME = 'fuzz:ftp'
const { count: commands, seed, first } = parseFuzzArguments()

/** Commands of a session, on average at least. */
const COMMANDS_PER_SESSION = 5
const sessions = Math.ceil(commands / COMMANDS_PER_SESSION)

/** Most sessions wait for a timeout of the server. */
const CONCURRENCY = 128
const MAX_MORE_FILES = 8
const MAX_SETTLE_MS = 30_000
/** Short, because sessions run into them. */
const TIMEOUTS = { dataTimeout: 400, idleTimeout: 1500 }

/** Each session has an address of its own, because the server delays an address that sends wrong passwords. */
function addressOf(index: number): string {
  return `127.1.${(index >> 8) & 255}.${index & 255 || 1}`
}

function describe({ login, tls, steps, ending }: FuzzSession): string[] {
  const lines = steps.map(step => {
    if (step.kind === 'command') return JSON.stringify(step.bytes.toString('latin1'))
    const meanwhile = step.meanwhile ? JSON.stringify(step.meanwhile.toString('latin1')) : 'nothing'
    return `${step.mode} ${JSON.stringify(step.command.toString('latin1'))}, ${step.bytes} bytes, ${step.ending}; then ${meanwhile}`
  })
  return [
    `login ${login}${tls ? ' over TLS' : ''}; steps, as latin1, then ${ending}:`,
    ...lines.map(line => `  ${line}`),
  ]
}

/** @throws Error if a client cannot download a file */
async function checkThatItServes(port: number): Promise<void> {
  const client = new Client()
  try {
    await client.access({ host: '127.0.0.1', port, user: 'alice', password: 'wonderland' })
    const output = new PassThrough()
    const content = text(output)
    await client.downloadTo(output, 'files/hello.txt')
    if ((await content) !== 'Hello from Fourwire.\n') throw new Error(`wrong content: ${await content}`)
  } finally {
    client.close()
  }
}

async function playAll(
  suite: Suite<'ftp'>,
  campaign: Campaign<FuzzSession>,
  defects: readonly string[],
): Promise<void> {
  const canaries = new Canaries(suite.dataFolder)
  await canaries.create()
  let played = 0
  const target = {
    trace: suite.trace,
    beforePart: () => canaries.resetServedFolder(),
    play: async (each: FuzzSession, index: number) => {
      await play(suite.ftp.port, each, addressOf(index))
      if (defects.length > 0) throw new Error(`a defect: ${defects.join('')}`)
      played += each.steps.length
    },
    afterPart: async () => {
      await canaries.check()
      await canaries.resetServedFolder()
      await checkThatItServes(suite.ftp.port)
    },
  }
  await campaign.run(target, () => `${played} commands in ${sessions} sessions`)
}

async function main(): Promise<void> {
  const defects: string[] = []
  const log = await createLog('error', { write: text => defects.push(text) })
  process.on('warning', warning => defects.push(String(warning.stack)))
  const ftp = { port: 0, tlsPort: 0, maxConnections: 1000, ...TIMEOUTS }
  const suite = await startSuite({ services: ['ftp'], log, passwordCost: LOWEST_COST, tls: true, ftp })
  const campaign = new Campaign({
    name: NAME,
    sessions: session,
    seed,
    first,
    count: sessions,
    concurrency: CONCURRENCY,
    maxMoreFiles: MAX_MORE_FILES,
    maxSettleMs: MAX_SETTLE_MS,
    describe,
  })
  await reportFailure(NAME, () => playAll(suite, campaign, defects))
  await suite.close()
}

await main()
