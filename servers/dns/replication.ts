/** What goes between this server and others, and those who change its zones: signatures, transfers, updates, NOTIFY. */
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import type { Context } from '../../shared/service.ts'
import { Notifier } from './notify/notifier.ts'
import type { ZoneStore } from './store/zone-store.ts'
import { TransferHandler } from './transfer/transfer-handler.ts'
import { Signatures } from './trust/signatures.ts'
import type { Trust } from './trust/trust.ts'
import { UpdateHandler } from './update/update-handler.ts'

export class Replication {
  readonly signatures: Signatures
  readonly transfers: TransferHandler
  readonly updates: UpdateHandler
  readonly #notifier: Notifier

  constructor({ keys, transfer, update, secondaries }: Trust, served: ZoneStore, context: Context) {
    const { log } = context
    this.signatures = new Signatures(keys, epochSeconds)
    this.transfers = new TransferHandler({ served, allowed: transfer, log })
    this.updates = new UpdateHandler({ served, allowed: update, log })
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
