/**
 * The statements that add messages to the full-text index. A message that has been deleted, or that another process has
 * indexed meanwhile, is left out. Pure.
 */
import type { EngineName, Write } from '../../engine.ts'
import type { SearchEntry } from './search-entry.ts'

/** The words of the message with this `seq`. */
export interface PositionedEntry extends SearchEntry {
  readonly seq: number
}

const INSERT: Readonly<Record<EngineName, string>> = {
  sqlite: `insert into search (rowid, subject, sender, recipients, body)
    select seq, ?, ?, ?, ? from messages where seq = ? and indexed = 0`,
  // The weights tell the fields apart: see `select-messages.ts`.
  postgres: `insert into search (words, seq)
    select setweight(to_tsvector('simple', $1::text), 'A') || setweight(to_tsvector('simple', $2::text), 'B')
      || setweight(to_tsvector('simple', $3::text), 'C') || setweight(to_tsvector('simple', $4::text), 'D'), seq
    from messages where seq = $5 and indexed = 0`,
}

const MARK: Readonly<Record<EngineName, string>> = {
  sqlite: 'update messages set indexed = 1, has_attachments = ? where seq = ? and indexed = 0',
  postgres: 'update messages set indexed = 1, has_attachments = $1 where seq = $2 and indexed = 0',
}

export function insertEntries(entries: readonly PositionedEntry[], engine: EngineName): Write[] {
  return [
    {
      sql: INSERT[engine],
      rows: entries.map(({ seq, subject, sender, recipients, body }) => [subject, sender, recipients, body, seq]),
    },
    { sql: MARK[engine], rows: entries.map(({ seq, hasAttachments }) => [hasAttachments ? 1 : 0, seq]) },
  ]
}
