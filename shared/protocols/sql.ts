/**
 * SQL: the statements that the servers send to the database. No service of the suite offers it, so it has neither ports nor a
 * host name.
 */
export const sql = {
  name: 'sql',
  /** Color in the terminal, by its name in `util.styleText`. */
  color: 'blue',
} as const
