/** What is left of an interrupted download. Pure. */

/** An interrupted download that can be continued. */
export interface FtpPartial {
  /** The file that has the first bytes. */
  readonly file: string
  readonly size: number
}
