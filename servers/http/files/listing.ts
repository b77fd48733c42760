/** The entries of a folder in the order to show them, and as JSON. Pure. */

export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modified: number
}

export interface FolderEntries {
  readonly entries: readonly FolderEntry[]
  /** The number of further entries, which are not listed. */
  readonly omitted: number
}

export type SortKey = 'name' | 'size' | 'modified'

export interface SortOrder {
  readonly key: SortKey
  readonly descending: boolean
}

/** Parses `?sort=size` or `?sort=-size`. Any other query means: by name. */
export function parseSortOrder(query: string): SortOrder {
  const [, minus, key] = /^(-?)(name|size|modified)$/.exec(new URLSearchParams(query).get('sort') ?? '') ?? []
  return { key: (key as SortKey | undefined) ?? 'name', descending: minus === '-' }
}

/** Sorts folders before files. Digits in names compare as numbers; entries that are equal are in the order of their names. */
export function sortEntries(entries: readonly FolderEntry[], { key, descending }: SortOrder): FolderEntry[] {
  const collator = new Intl.Collator('en', { numeric: true })
  const byName = (a: FolderEntry, b: FolderEntry) => collator.compare(a.name, b.name)
  const byKey = (a: FolderEntry, b: FolderEntry) => {
    if (key === 'name') return byName(a, b)
    // The size of a folder is not that of its content.
    return key === 'size' && a.isFolder ? 0 : a[key] - b[key]
  }
  const sign = descending ? -1 : 1
  return entries.toSorted((a, b) => Number(b.isFolder) - Number(a.isFolder) || sign * byKey(a, b) || byName(a, b))
}

/** @param path the decoded path of the folder, with its trailing slash */
export function listingJson(path: string, { entries, omitted }: FolderEntries): string {
  const value = {
    path,
    entries: entries.map(({ name, isFolder, size, modified }) => ({
      name,
      path: `${path}${name}${isFolder ? '/' : ''}`,
      kind: isFolder ? 'folder' : 'file',
      size: isFolder ? 0 : size,
      modifiedAt: new Date(modified).toISOString(),
    })),
    omitted,
  }
  return `${JSON.stringify(value, undefined, 2)}\n`
}
