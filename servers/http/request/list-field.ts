/** Splits the value of a field that is a list (RFC 9110, section 5.6.1). Pure. */

/**
 * Returns the elements in lower case. Empty elements do not count (section 5.6.1.2). Only spaces and tabs are removed: a
 * no-break space is a part of its element.
 */
export function listElements(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map(element => element.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter(element => element !== '')
}
