/** What a new `DATA/zones` holds: a zone with something in it worth asking for. */
export const SAMPLE_ZONE_FILE = 'fourwire.test.zone'

/** More than one UDP packet may hold, so that asking for it shows truncation and the way by TCP. */
const LONG_TEXT = Array.from({ length: 40 }, (_, index) => `"${`line ${index + 1} of a long text`.padEnd(40, '.')}"`)

export const SAMPLE_ZONE = `; The zone fourwire.test, as a master file (RFC 1035, section 5). The server reads it again when it changes.
; The running services need not be here: www, ftp, mail, hello and ns, the MX and the SRV records are added by
; themselves, with the ports really bound. What stands here wins over what would be added.
$ORIGIN fourwire.test.
$TTL 1h

@       IN SOA ns hostmaster (
            1       ; serial
            1h      ; refresh
            10m     ; retry
            1w      ; expire
            5s )    ; how long "it is not there" may be believed
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

; a zone that is handed on to another server, with its address (glue)
lab     IN NS   ns.lab
ns.lab  IN A    127.0.0.53

; all that is under old is under new
old     IN DNAME new
host.new IN A   127.0.0.14

; too long for UDP: dig shows "Truncated, retrying in TCP mode"
long    IN TXT  ( ${LONG_TEXT.join('\n                  ')} )
`
