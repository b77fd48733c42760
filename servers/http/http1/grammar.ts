/** Rules of the grammar of HTTP as patterns for regular expressions (RFC 9110, sections 5.6.2 and 5.6.4). Pure. */

export const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
export const QUOTED_STRING = '"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"'
