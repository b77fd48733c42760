/** The record of a download that is not complete. Pure. */

/** What is known of the first bytes of a download. */
export interface PartialRecord {
  /** The URL of the request, and that of the response, which differs after a redirect. */
  readonly requested: string
  readonly url: string
  /** Changes if the file on the server changes: a strong ETag, or a time of modification. */
  readonly validator: string
  /** The length of the whole; undefined if the server did not send it. */
  readonly total?: number | undefined
}
