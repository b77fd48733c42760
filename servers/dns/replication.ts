/** What goes between this server and others, and those who change its zones: signatures, transfers, updates, NOTIFY. */
import { seconds } from '../../shared/resolver/seconds.ts'
import type { Context } from '../../shared/service.ts'
import type { NameServerParts } from './name-server.ts'
import { Notifier } from './notify/notifier.ts'
import { Transfers } from './transfer/transfers.ts'
import type { TrustOptions } from './trust/options.ts'
import { Signatures } from './trust/signatures.ts'
import { readTrust } from './trust/trust.ts'
import { Updates } from './update/updates.ts'
import type { ServedZones } from './zone/served-zones.ts'

export class Replication {
  /** What the name server has of it. */
  readonly parts: Required<Pick<NameServerParts, 'handlers' | 'signatures'>>
  readonly #notifier: Notifier

  /** @throws UsageError for options that make no sense together */
  constructor(options: TrustOptions, served: ServedZones, context: Context) {
    const { keys, transfer, update, secondaries } = readTrust(options)
    const { log } = context
    this.parts = {
      signatures: new Signatures(keys, seconds),
      handlers: {
        QUERY: [new Transfers({ served, allowed: transfer, log })],
        UPDATE: [new Updates({ served, allowed: update, log })],
      },
    }
    this.#notifier = new Notifier({ secondaries, served, context, now: seconds })
  }

  /** Tells the secondaries, now that they can ask. */
  start(): void {
    this.#notifier.start()
  }

  /** Tells nobody any more. Transfers end with their connections. */
  close(): Promise<void> {
    return this.#notifier.close()
  }
}
