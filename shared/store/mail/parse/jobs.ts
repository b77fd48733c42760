/** The messages between `MessageParser` and its worker thread. */
import type { Envelope } from '../message.ts'
import type { SearchEntry } from '../search/search-entry.ts'
import type { AttachmentSummary, ParsedContent, ParsedHeader } from './parsed-message.ts'

export interface ViewJob {
  readonly kind: 'view'
  readonly raw: Uint8Array
  /** True if the result has the contents of the attachments. */
  readonly withContents: boolean
}

export interface SearchJob {
  readonly kind: 'search'
  readonly raw: Uint8Array
  readonly envelope: Envelope
}

export type Job = ViewJob | SearchJob

/** A message whose attachments have their content only if the job has `withContents`. */
export interface View extends ParsedHeader, ParsedContent<AttachmentSummary & { readonly content?: Uint8Array }> {}

export type JobResult<Kind extends Job['kind']> = Kind extends 'view' ? View : SearchEntry

/** `header` arrives before the content is parsed, and stays the result if that fails or takes too long. */
export type Progress =
  | { readonly stage: 'header'; readonly result: View | SearchEntry }
  | { readonly stage: 'complete'; readonly result: View | SearchEntry }
  | { readonly stage: 'failed'; readonly reason: string }
