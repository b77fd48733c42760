/** The media types of bodies. Pure. */
import { isJson } from './format-json.ts'

export const JSON_TYPE = 'application/json'
/** The type of a form (WHATWG URL, section 5). */
export const FORM_TYPE = 'application/x-www-form-urlencoded'
/** The type of a file whose type is not known (RFC 9110, section 8.3). */
export const BYTES_TYPE = 'application/octet-stream'

/** Returns the type of a text after `-d`: JSON if it is a JSON object or array; otherwise that of a form, as curl does. */
export function typeOfText(text: string): string {
  return /^\s*[[{]/.test(text) && isJson(text) ? JSON_TYPE : FORM_TYPE
}

/** Returns the type of a file after `-d @`: JSON by its name, otherwise unknown bytes. */
export function typeOfFile(name: string): string {
  return /\.json$/i.test(name) ? JSON_TYPE : BYTES_TYPE
}

/** Returns true for `application/json`, `application/problem+json` and the like, with or without parameters. */
export function isJsonType(contentType: string | undefined): boolean {
  return /^[^;/]+\/(?:[^;]+\+)?json\s*(?:;|$)/i.test(contentType?.trim() ?? '')
}

/** Returns the parameter `charset` of a media type. */
export function charsetOf(type = ''): string | undefined {
  return /;\s*charset="?([\w.:+-]+)/i.exec(type)?.[1]
}
