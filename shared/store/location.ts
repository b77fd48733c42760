/** Where a store keeps its data. Pure. */

/** The database of a data folder. */
export const STORE_FILE = 'fourwire.db'

/** Where a store keeps its data. */
export type StoreLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }
