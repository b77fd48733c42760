/** What goes between this server and others, and those who change its zones: signatures, transfers, updates, NOTIFY. */
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import type { Context } from '../../shared/service.ts'
import { Notifier } from './notify/notifier.ts'
import type { ServedZones } from './store/zone-store.ts'
import { Transfers } from './transfer/transfer-handler.ts'
import { Signatures } from './trust/signatures.ts'
import type { Trust } from './trust/trust.ts'
import { Updates } from './update/update-handler.ts'

export class Replication {
  readonly signatures: Signatures
  readonly transfers: Transfers
  readonly updates: Updates
  readonly #notifier: Notifier

  constructor({ keys, transfer, update, secondaries }: Trust, served: ServedZones, context: Context) {
    const { log } = context
    this.signatures = new Signatures(keys, epochSeconds)
    this.transfers = new Transfers({ served, allowed: transfer, log })
    this.updates = new Updates({ served, allowed: update, log })
    this.#notifier = new Notifier({ secondaries, served, context, now: epochSeconds })
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
