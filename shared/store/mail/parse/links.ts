/** Finds the URLs in the text and the HTML of a message. Pure. */

/** Links of one message. */
export const MAX_LINKS = 1000
/** Characters of one link; a longer one is ignored. */
const MAX_LINK_LENGTH = 4096

const URL_IN_TEXT = /\bhttps?:\/\/[^\s<>"'`{}|\\^]+/gi
/** The attributes of HTML that lead to another page. */
const ATTRIBUTE = /\b(?:href|action)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)/gi
const ENTITY = /&(?:amp|#38|#x26);/gi

/** Returns each URL of http, https and other schemes once: those of the HTML first, in the order of their appearance. */
export function findLinks(text: string, html: string): string[] {
  const links = new Set<string>()
  for (const [attribute] of html.matchAll(ATTRIBUTE)) {
    if (links.size >= MAX_LINKS) return [...links]
    add(links, attributeValue(attribute))
  }
  for (const [url] of text.matchAll(URL_IN_TEXT)) {
    if (links.size >= MAX_LINKS) break
    add(links, withoutPunctuation(url))
  }
  return [...links]
}

/** Returns the value of an attribute, `name="value"`, without its quotes. */
function attributeValue(attribute: string): string {
  const value = attribute.slice(attribute.indexOf('=') + 1).trim()
  return (/^["']/.test(value) ? value.slice(1, -1) : value).trim().replace(ENTITY, '&')
}

function add(links: Set<string>, url: string): void {
  if (url.length <= MAX_LINK_LENGTH && /^[a-z][a-z0-9+.-]*:/i.test(url)) links.add(url)
}

/** The punctuation that ends a sentence, and a closing bracket that was not opened in the URL, are not part of it. */
function withoutPunctuation(url: string): string {
  let end = url.length
  while (end > 0 && isPunctuation(url, end)) end -= 1
  return url.slice(0, end)
}

function isPunctuation(url: string, end: number): boolean {
  const last = url.charAt(end - 1)
  if ('.,;:!?*_'.includes(last)) return true
  const open = { ')': '(', ']': '[' }[last]
  return open !== undefined && count(url, last, end) > count(url, open, end)
}

function count(text: string, character: string, end: number): number {
  return text.slice(0, end).split(character).length - 1
}
