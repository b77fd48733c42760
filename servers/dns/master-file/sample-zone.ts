/** The zone of a new data folder, with records of many kinds to query. */
export const SAMPLE_ZONE_FILE = 'fourwire.test.zone'

/** Too long for UDP, so that a query for it shows truncation and the retry over TCP. */
const LONG_TEXT = Array.from({ length: 40 }, (_, index) => `"${`line ${index + 1} of a long text`.padEnd(40, '.')}"`)

export const SAMPLE_ZONE = `; The zone fourwire.test, as a master file (RFC 1035, section 5). The server reloads it when it changes.
; The server adds the records of the running services: www, ftp, mail, hello and ns, an MX record, and SRV records
; with the bound ports. The records in this file take precedence over those.
$ORIGIN fourwire.test.
$TTL 1h

@       IN SOA ns hostmaster (
            1       ; serial
            1h      ; refresh
            10m     ; retry
            1w      ; expire
            5s )    ; negative caching (RFC 2308)
        IN TXT  "A small internet that fits in one hand"
        IN CAA  0 issue "ca.fourwire.test"

; another name for the web server
web     IN CNAME www

; several addresses, of both families
many    IN A    127.0.0.11
        IN A    127.0.0.12
        IN AAAA ::1

; any name under wild: try anything.wild.fourwire.test
*.wild  IN TXT  "whatever you ask for"
        IN A    127.0.0.13

; a zone delegated to another server, with its address (glue)
lab     IN NS   ns.lab
ns.lab  IN A    127.0.0.53

; an alias for all names below old: they are below new
old     IN DNAME new
host.new IN A   127.0.0.14

; too long for UDP: dig shows "Truncated, retrying in TCP mode"
long    IN TXT  ( ${LONG_TEXT.join('\n                  ')} )
`
