/** One page of a folder: its entries in the order of their names. */
import * as z from 'zod'
import type { AccountFiles } from '../../../../shared/files/account-files.ts'
import type { Entry } from '../../../../shared/files/entry.ts'

const PAGE_SIZE = 200
const MAX_PAGE_SIZE = 1000

export const folderQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(PAGE_SIZE),
  cursor: z.string().max(255).optional().meta({ description: '`next` of the page before' }),
})

export interface FolderPage {
  readonly entries: readonly Entry[]
  /** The cursor of the next page: the last name of this one; undefined if there is none. */
  readonly next: string | undefined
  /** True if the account may add to the folder, and replace its files. */
  readonly isWritable: boolean
  /** True if the account may delete and rename what is in the folder. */
  readonly isDeletable: boolean
}

export async function readFolderPage(
  files: AccountFiles,
  path: string,
  { limit, cursor }: z.output<typeof folderQuerySchema>,
): Promise<FolderPage> {
  const all = await files.names(path)
  const names = cursor === undefined ? all : all.filter(name => name > cursor)
  const page = names.slice(0, limit)
  const entries: Entry[] = []
  for await (const batch of files.list(path, page)) entries.push(...batch)
  const [isWritable, isDeletable] = [await files.canWrite(path), await files.canDelete(path)]
  return { entries, next: names.length > limit ? page.at(-1) : undefined, isWritable, isDeletable }
}
