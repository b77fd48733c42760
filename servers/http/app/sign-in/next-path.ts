/** Where a client goes after the sign-in. Pure. */

/** The first page after the sign-in. */
const HOME = '/app'

/**
 * Returns the path if it is one of the application, or else the first page: `?next=` is part of a link that the client
 * followed, and must not lead to another site (an open redirect). `//host` and `/\host` are other sites for a browser.
 */
export function nextPath(given: string | undefined): string {
  const base = 'http://application.invalid'
  if (given === undefined || !URL.canParse(given, base)) return HOME
  const url = new URL(given, base)
  const isOwn = url.origin === base && (url.pathname === HOME || url.pathname.startsWith(`${HOME}/`))
  return isOwn ? `${url.pathname}${url.search}` : HOME
}

/** Returns the path of the sign-in that leads back to the path. */
export function signInPath(path: string): string {
  return path === HOME ? '/app/sign-in' : `/app/sign-in?${new URLSearchParams({ next: path })}`
}
