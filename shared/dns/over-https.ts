/** Constants that client and server of DNS over HTTPS share (RFC 8484). Pure. */

/** The media type of a message (section 6). */
export const DNS_MESSAGE_TYPE = 'application/dns-message'
/** The default path: that of the examples in section 4.1.1. */
export const DNS_QUERY_PATH = '/dns-query'
