/** What both ends of DNS over HTTPS have to agree on (RFC 8484). Pure. */

/** The media type of a message (section 6). */
export const DNS_MESSAGE_TYPE = 'application/dns-message'
/** Where messages are taken, if nothing else is said: the path of the RFC's own examples (section 4.1.1). */
export const DNS_QUERY_PATH = '/dns-query'
