/**
 * Requests as bytes, and what the server must do with them. Each group quotes the sentence that decides its cases. A case is
 * `[title, bytes, statuses, connection]`: the statuses of the responses in order, and whether the connection stays open.
 */
export type RawCase = readonly [title: string, bytes: string, statuses: string, connection: 'kept' | 'closed']

export interface RawGroup {
  readonly section: string
  readonly sentence: string
  readonly cases: readonly RawCase[]
}

const HOST = 'Host: a\r\n'
const GET = `GET /healthz HTTP/1.1\r\n${HOST}`
const NEXT = `${GET}\r\n`
/** A request to a route without POST, so that no handler reads its body. */
const POST = `POST /healthz HTTP/1.1\r\n${HOST}`
/** A request to a handler that reads its body, which is no DNS query. */
const READ = `POST /dns-query HTTP/1.1\r\n${HOST}Content-Type: application/dns-message\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'
const fields = (text: string) => `GET /healthz HTTP/1.1\r\n${HOST}${text}\r\n`
const target = (text: string) => `GET ${text} HTTP/1.1\r\n${HOST}\r\n`
const host = (text: string) => `GET /healthz HTTP/1.1\r\n${text}\r\n`
const file = (text: string) => `GET /files/hello.txt HTTP/1.1\r\n${HOST}${text}\r\n`
const UPGRADE = 'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n'
const KEY = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const webSocket = (method: string, text: string, body = '') =>
  `${method} /test/websocket/echo HTTP/1.1\r\n${HOST}${KEY}${text}\r\n${body}`
/** The mail and the stubs are not for names of foreign sites. */
const LOCAL = 'Host: localhost'
const line = (text: string) => `${text}\r\n${HOST}\r\n`
const chunks = (text: string) => `${POST}${CHUNKED}${text}`
const readChunks = (text: string) => `${READ}${CHUNKED}${text}`

export const RAW_GROUPS: readonly RawGroup[] = [
  {
    section: 'RFC 9112, section 2.2',
    sentence:
      'a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF) received prior to the request-line.',
    cases: [
      ['an empty line before a request', `\r\n${NEXT}`, '200', 'kept'],
      ['two empty lines before a request', `\r\n\r\n${NEXT}`, '200', 'kept'],
      ['an empty line between two requests', `${NEXT}\r\n${NEXT}`, '200 200', 'kept'],
      ['a thousand empty lines before a request', `${'\r\n'.repeat(1000)}${NEXT}`, '200', 'kept'],
      ['an empty line after a body', `${POST}Content-Length: 1\r\n\r\nx\r\n${NEXT}`, '405 200', 'kept'],
      ['an empty line of LF', `\n${NEXT}`, '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 2.2',
    sentence:
      'A recipient of such a bare CR MUST consider that element to be invalid or replace each bare CR with SP before processing the element or forwarding the message.',
    cases: [
      ['a CR in the request line', line('GET /heal\rthz HTTP/1.1'), '400', 'closed'],
      ['a CR after the version', `GET /healthz HTTP/1.1\r${HOST}\r\n\r\n`, '400', 'closed'],
      ['a CR in a value', fields('X: a\rb\r\n'), '400', 'closed'],
      ['a CR in a name', fields('X\ra: b\r\n'), '400', 'closed'],
      ['a CR in place of a line end', fields('X: a\rContent-Length: 5\r\n'), '400', 'closed'],
      ['two CR before LF', fields('X: a\r\r\n'), '400', 'closed'],
      ['a CR as the first byte', `\r${NEXT}`, '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 2.2',
    sentence:
      'Although the line terminator for the start-line and fields is the sequence CRLF, a recipient MAY recognize a single LF as a line terminator and ignore any preceding CR.',
    cases: [
      ['LF after the request line', `GET /healthz HTTP/1.1\n${HOST}\r\n`, '400', 'closed'],
      ['LF after a field', `GET /healthz HTTP/1.1\r\nHost: a\n\r\n`, '400', 'closed'],
      ['LF at all line ends', 'GET /healthz HTTP/1.1\nHost: a\n\n', '400', 'closed'],
      ['LF as the empty line', `GET /healthz HTTP/1.1\r\n${HOST}\n`, '400', 'closed'],
      ['LF within a value', fields('X: a\nY: b\r\n'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 3',
    sentence:
      'A request-line begins with a method token, followed by a single space (SP), the request-target, and another single space (SP), and ends with the protocol version.',
    cases: [
      ['a valid request line', NEXT, '200', 'kept'],
      ['two spaces before the target', line('GET  /healthz HTTP/1.1'), '400', 'closed'],
      ['two spaces before the version', line('GET /healthz  HTTP/1.1'), '400', 'closed'],
      ['a space before the method', line(' GET /healthz HTTP/1.1'), '400', 'closed'],
      ['a space after the version', line('GET /healthz HTTP/1.1 '), '400', 'closed'],
      ['a tab in place of a space', line('GET\t/healthz HTTP/1.1'), '400', 'closed'],
      ['a vertical tab in place of a space', line('GET\x0b/healthz HTTP/1.1'), '400', 'closed'],
      ['no target', line('GET HTTP/1.1'), '400', 'closed'],
      ['no method', line('/healthz HTTP/1.1'), '400', 'closed'],
      ['no version', line('GET /healthz'), '400', 'closed'],
      ['only a method', line('GET'), '400', 'closed'],
      ['HTTP/0.9', 'GET /healthz\r\n\r\n', '400', 'closed'],
      ['a fourth word', line('GET /healthz HTTP/1.1 x'), '400', 'closed'],
      ['only a space', ' \r\n\r\n', '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 3.1',
    sentence:
      'The method token indicates the request method to be performed on the target resource. The request method is case-sensitive.',
    cases: [
      ['a method in lower case', line('get /healthz HTTP/1.1'), '501', 'kept'],
      ['an unknown method', line('BREW /healthz HTTP/1.1'), '501', 'kept'],
      ['a method of all token characters', line("!#$%&'*+-.^_`|~09azAZ /healthz HTTP/1.1"), '501', 'kept'],
      ['a method of a thousand bytes', line(`${'A'.repeat(1000)} /healthz HTTP/1.1`), '501', 'kept'],
      ['a method with a slash', line('G/ET /healthz HTTP/1.1'), '400', 'closed'],
      ['a method with a colon', line('GET: /healthz HTTP/1.1'), '400', 'closed'],
      ['a method in quotes', line('"GET" /healthz HTTP/1.1'), '400', 'closed'],
      ['a method with a byte above ASCII', line('G\xcbT /healthz HTTP/1.1'), '400', 'closed'],
      ['a method with a NUL', line('GE\0T /healthz HTTP/1.1'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 3',
    sentence:
      'A server that receives a method longer than any that it implements SHOULD respond with a 501 (Not Implemented) status code. A server that receives a request-target longer than any URI it wishes to parse MUST respond with a 414 (URI Too Long) status code',
    cases: [
      ['a method longer than the head may be', line(`${'A'.repeat(20_000)} / HTTP/1.1`), '501', 'closed'],
      ['a method without an end', 'A'.repeat(20_000), '501', 'closed'],
      ['a target longer than the head may be', target(`/${'a'.repeat(20_000)}`), '414', 'closed'],
      ['a version longer than the head may be', line(`GET / HTTP/1.${'1'.repeat(20_000)}`), '400', 'closed'],
      ['many bytes that are no method', '\0'.repeat(20_000), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 2.3',
    sentence: 'HTTP-version = HTTP-name "/" DIGIT "." DIGIT; HTTP-name = %s"HTTP"',
    cases: [
      ['the name in lower case', line('GET /healthz http/1.1'), '400', 'closed'],
      ['another name', line('GET /healthz HTTPS/1.1'), '400', 'closed'],
      ['two digits after the dot', line('GET /healthz HTTP/1.10'), '400', 'closed'],
      ['two digits before the dot', line('GET /healthz HTTP/01.1'), '400', 'closed'],
      ['no minor version', line('GET /healthz HTTP/1'), '400', 'closed'],
      ['a comma in place of the dot', line('GET /healthz HTTP/1,1'), '400', 'closed'],
      ['a version that is no number', line('GET /healthz HTTP/x.1'), '400', 'closed'],
      ['a space in the version', line('GET /healthz HTTP/ 1.1'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9110, section 2.5',
    sentence:
      'A recipient that receives a message with a major version number that it implements and a minor version number higher than what it implements SHOULD process the message as if it was in the highest minor version within that major version.',
    cases: [
      ['HTTP/1.2', line('GET /healthz HTTP/1.2'), '200', 'kept'],
      ['HTTP/1.9', line('GET /healthz HTTP/1.9'), '200', 'kept'],
      ['HTTP/1.2 without Host', 'GET /healthz HTTP/1.2\r\n\r\n', '400', 'closed'],
      ['HTTP/2.0 in a request line', line('GET /healthz HTTP/2.0'), '505', 'closed'],
      ['HTTP/3.0', line('GET /healthz HTTP/3.0'), '505', 'closed'],
      ['HTTP/0.9 with its version', line('GET /healthz HTTP/0.9'), '505', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 3.2',
    sentence:
      'No whitespace is allowed in the request-target. [...] Recipients of an invalid request-line SHOULD respond with either a 400 (Bad Request) error or a 301 (Moved Permanently) redirect',
    cases: [
      ['a space in the target', line('GET /heal thz HTTP/1.1'), '400', 'closed'],
      ['a tab in the target', line('GET /heal\tthz HTTP/1.1'), '400', 'closed'],
      ['a NUL in the target', line('GET /heal\0thz HTTP/1.1'), '400', 'closed'],
      ['UTF-8 in the target', line('GET /caf\xc3\xa9 HTTP/1.1'), '400', 'closed'],
      ['a DEL in the target', line('GET /\x7f HTTP/1.1'), '400', 'closed'],
      ['a broken escape', target('/%zz'), '400', 'kept'],
      ['an escape that is not UTF-8', target('/%ff'), '400', 'kept'],
      ['an escaped NUL', target('/%00'), '400', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 7.1',
    sentence:
      "the target URI excludes the reference's fragment component, if any, since fragment identifiers are reserved for client-side processing.",
    cases: [
      ['a fragment', target('/healthz#frag'), '400', 'kept'],
      ['a fragment after a query', target('/healthz?a#frag'), '400', 'kept'],
      ['a fragment of absolute-form', target('http://a/healthz#frag'), '400', 'kept'],
      ['a number sign alone', target('#'), '400', 'kept'],
    ],
  },
  {
    section: 'RFC 3986, section 6.2.2.3',
    sentence: 'The complete path segments "." and ".." are intended only for use within relative references',
    cases: [
      ['a dot segment', target('/./healthz'), '200', 'kept'],
      ['a double dot segment', target('/mail/../healthz'), '200', 'kept'],
      ['an encoded double dot segment', target('/mail/%2e%2E/healthz'), '200', 'kept'],
      ['double dots above the root', target('/../../healthz'), '200', 'kept'],
      ['double dots in a query', target('/healthz?/../x'), '200', 'kept'],
      ['an encoded slash', target('/mail%2f..%2fhealthz'), '400', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 3.2.2',
    sentence:
      'When an origin server receives a request with an absolute-form of request-target, the origin server MUST ignore the received Host header field (if any) and instead use the host information of the request-target.',
    cases: [
      ['absolute-form', target('http://a/healthz'), '200', 'kept'],
      ['absolute-form with another host', target('http://b:81/healthz'), '200', 'kept'],
      ['absolute-form with a scheme in upper case', target('HTTP://a/healthz'), '200', 'kept'],
      ['absolute-form without a path', target('http://a'), '200', 'kept'],
      ['absolute-form with a query and no path', target('http://a?x'), '200', 'kept'],
      ['absolute-form of another scheme', target('ftp://a/healthz'), '400', 'kept'],
      ['absolute-form without a host', target('http:///healthz'), '400', 'kept'],
      ['absolute-form with user information', target('http://user@a/healthz'), '400', 'kept'],
      ['absolute-form with an invalid port', target('http://a:x/healthz'), '400', 'kept'],
      ['absolute-form with no Host', 'GET http://a/healthz HTTP/1.1\r\n\r\n', '400', 'closed'],
      ['absolute-form with an invalid Host', 'GET http://a/healthz HTTP/1.1\r\nHost: a b\r\n\r\n', '400', 'closed'],
      ['absolute-form with a port that is not one of TCP', target('http://[::1]:65536/healthz'), '200', 'kept'],
      ['a path without a slash', target('healthz'), '400', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 7.4',
    sentence:
      'Unless the connection is from a trusted gateway, an origin server MUST reject a request if any scheme-specific requirements for the target URI are not met. In particular, a request for an "https" resource MUST be rejected unless it has been received over a connection that has been secured',
    cases: [
      ['absolute-form of https', target('https://a/healthz'), '421', 'closed'],
      ['absolute-form of https in upper case', target('HTTPS://a/healthz'), '421', 'closed'],
      ['absolute-form of https to a file', target('https://a/files/hello.txt'), '421', 'closed'],
      [
        'absolute-form of https with an invalid Host',
        'GET https://a/healthz HTTP/1.1\r\nHost: a b\r\n\r\n',
        '400',
        'closed',
      ],
    ],
  },
  {
    section: 'RFC 9110, section 9.3.6',
    sentence:
      'CONNECT uses a special form of request target, unique to this method, consisting of only the host and port number of the tunnel destination [...] A CONNECT request message does not have content. The interpretation of data sent after the header section of the CONNECT request message is specific to the version of HTTP in use.',
    cases: [
      ['data after CONNECT', `${line('CONNECT a:80 HTTP/1.1')}${NEXT}`, '405', 'closed'],
      ['data after CONNECT of a path', `${line('CONNECT /healthz HTTP/1.1')}${NEXT}`, '405', 'closed'],
      ['data after CONNECT of a page', `${line('CONNECT /app/sign-in HTTP/1.1')}${NEXT}`, '405', 'closed'],
      ['data after CONNECT of a test endpoint', `${line('CONNECT /test/get HTTP/1.1')}${NEXT}`, '405', 'closed'],
      ['data after CONNECT of a URL', `${line('CONNECT http://a/ HTTP/1.1')}${NEXT}`, '405', 'closed'],
      ['data after CONNECT *', `${line('CONNECT * HTTP/1.1')}${NEXT}`, '400', 'closed'],
      ['CONNECT of an address', line('CONNECT [::1]:80 HTTP/1.1'), '405', 'closed'],
      ['CONNECT without a port number', line('CONNECT a: HTTP/1.1'), '405', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, sections 3.2.3 and 3.2.4',
    sentence:
      'The authority-form of request-target is only used for CONNECT requests. [...] The asterisk-form of request-target is only used for a server-wide OPTIONS request',
    cases: [
      ['OPTIONS *', line('OPTIONS * HTTP/1.1'), '204', 'kept'],
      ['GET *', line('GET * HTTP/1.1'), '400', 'kept'],
      ['OPTIONS *x', line('OPTIONS *x HTTP/1.1'), '400', 'kept'],
      ['GET with an authority', line('GET a:80 HTTP/1.1'), '400', 'kept'],
      ['CONNECT', line('CONNECT a:80 HTTP/1.1'), '405', 'closed'],
      ['OPTIONS of a path', line('OPTIONS /healthz HTTP/1.1'), '204', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 3.2',
    sentence:
      'A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header field and to any request message that contains more than one Host header field line or a Host header field with an invalid field value.',
    cases: [
      ['no Host', host(''), '400', 'closed'],
      ['two Hosts', host('Host: a\r\nHost: b\r\n'), '400', 'closed'],
      ['two equal Hosts', host('Host: a\r\nHost: a\r\n'), '400', 'closed'],
      ['two Hosts in different case', host('Host: a\r\nhOST: a\r\n'), '400', 'closed'],
      [
        'a second Host after a thousand fields',
        host(`Host: a\r\n${'a:b\r\n'.repeat(1100)}Host: a\r\n`),
        '400',
        'closed',
      ],
      ['an empty Host', host('Host:\r\n'), '400', 'closed'],
      ['a Host of spaces', host('Host:   \r\n'), '400', 'closed'],
      ['a Host with user information', host('Host: user@a\r\n'), '400', 'closed'],
      ['a Host with a path', host('Host: a/b\r\n'), '400', 'closed'],
      ['a Host with a scheme', host('Host: http://a\r\n'), '400', 'closed'],
      ['a Host with a port that is no number', host('Host: x:abc\r\n'), '400', 'closed'],
      ['a Host with a negative port', host('Host: x:-1\r\n'), '400', 'closed'],
      ['a Host with two ports', host('Host: x:1:2\r\n'), '400', 'closed'],
      ['a Host with an open bracket', host('Host: [::1\r\n'), '400', 'closed'],
      ['a Host with an invalid address', host('Host: [::1::]\r\n'), '400', 'closed'],
      ['an IPv6 address without brackets', host('Host: ::1\r\n'), '400', 'closed'],
      ['a Host with two names', host('Host: a, b\r\n'), '400', 'closed'],
      ['a Host with a space', host('Host: a b\r\n'), '400', 'closed'],
      ['a Host with a question mark', host('Host: a?b\r\n'), '400', 'closed'],
      ['a Host with a byte above ASCII', host('Host: \xe9\r\n'), '400', 'closed'],
      ['a Host with an IPv6 address', host('Host: [::1]:80\r\n'), '200', 'kept'],
      ['a Host with an IPv4 address', host('Host: 127.0.0.1\r\n'), '200', 'kept'],
      ['a Host with an underscore', host('Host: a_b\r\n'), '200', 'kept'],
      ['a Host with a dot at its end', host('Host: a.:80\r\n'), '200', 'kept'],
      ['a Host with an empty port', host('Host: a:\r\n'), '200', 'kept'],
      ['a Host with the port 0', host('Host: a:0\r\n'), '200', 'kept'],
      ['a Host with a port that is not one of TCP', host('Host: a:65536\r\n'), '200', 'kept'],
      ['an address with a port that is not one of TCP', host('Host: [::1]:65536\r\n'), '200', 'kept'],
      ['a Host with a percent-encoded byte', host('Host: a%20b\r\n'), '200', 'kept'],
      ['a Host with a broken escape', host('Host: a%zz\r\n'), '400', 'closed'],
      ['a Host of a port alone', host('Host: :80\r\n'), '400', 'closed'],
      ['a Host with the zone of an address', host('Host: [fe80::1%25eth0]\r\n'), '400', 'closed'],
      ['a Host with a backslash', host('Host: a\\b\r\n'), '400', 'closed'],
      ['a Host with spaces around it', host('Host: \t a \t\r\n'), '200', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 5.1',
    sentence:
      'A server MUST reject, with a response status code of 400 (Bad Request), any received request message that contains whitespace between a header field name and colon.',
    cases: [
      ['a space before a colon', fields('X : a\r\n'), '400', 'closed'],
      ['a tab before a colon', fields('X\t: a\r\n'), '400', 'closed'],
      ['a space before the colon of Host', host('Host : a\r\n'), '400', 'closed'],
      ['a space before the colon of Content-Length', `${POST}Content-Length : 5\r\n\r\nhello`, '400', 'closed'],
      ['a space in a name', fields('X a: b\r\n'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 5.2',
    sentence:
      'A server that receives an obs-fold in a request message that is not within a "message/http" container MUST either reject the message by sending a 400 (Bad Request) [...] or replace each received obs-fold with one or more SP octets',
    cases: [
      ['a field on two lines', fields('X: a\r\n b\r\n'), '400', 'closed'],
      ['a field on two lines with a tab', fields('X: a\r\n\tb\r\n'), '400', 'closed'],
      ['a folded Host', host('Host: a\r\n b\r\n'), '400', 'closed'],
      ['a line of one space', fields('X: a\r\n \r\n'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 2.2',
    sentence:
      'A recipient that receives whitespace between the start-line and the first header field MUST either reject the message as invalid or consume each whitespace-preceded line without further processing of it',
    cases: [
      ['a space before the first field', host(' Host: a\r\n'), '400', 'closed'],
      ['a tab before the first field', host('\tHost: a\r\n'), '400', 'closed'],
      ['a line of white space before the first field', host(' \r\nHost: a\r\n'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9110, sections 5.1 and 5.5',
    sentence: 'field-name = token; [...] Field values containing CR, LF, or NUL characters are invalid and dangerous',
    cases: [
      ['a field without a colon', fields('X\r\n'), '400', 'closed'],
      ['a field without a name', fields(': a\r\n'), '400', 'closed'],
      ['a name with a byte above ASCII', fields('X\xe9: a\r\n'), '400', 'closed'],
      ['a name with a parenthesis', fields('X(: a\r\n'), '400', 'closed'],
      ['a name with a NUL', fields('X\0: a\r\n'), '400', 'closed'],
      ['a value with a NUL', fields('X: a\0b\r\n'), '400', 'closed'],
      ['a value with a DEL', fields('X: a\x7f\r\n'), '400', 'closed'],
      ['a value with an escape', fields('X: a\x1b[31m\r\n'), '400', 'closed'],
      ['an empty value', fields('X:\r\n'), '200', 'kept'],
      ['a value with obs-text', fields('X: caf\xc3\xa9\r\n'), '200', 'kept'],
      ['a value with a tab', fields('X: a\tb\r\n'), '200', 'kept'],
      ['a name of all token characters', fields("!#$%&'*+-.^_`|~: a\r\n"), '200', 'kept'],
      ['a field with the name of the prototype', fields('__proto__: a\r\nconstructor: b\r\n'), '200', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 5.4, and RFC 6585, section 5',
    sentence:
      'A server that receives a request header field line, field value, or set of fields larger than it wishes to process MUST respond with an appropriate 4xx (Client Error) status code.',
    cases: [
      ['a long field', fields(`X: ${'a'.repeat(17_000)}\r\n`), '431', 'closed'],
      ['many fields', fields('X: a\r\n'.repeat(4000)), '431', 'closed'],
      ['fields without an end', `GET / HTTP/1.1\r\n${'X: a\r\n'.repeat(4000)}`, '431', 'closed'],
      ['3000 short fields', fields('a:\r\n'.repeat(3000)), '200', 'kept'],
      ['a long target', target(`/${'a'.repeat(9000)}`), '414', 'closed'],
      ['a target without an end', `GET /${'a'.repeat(40_000)}`, '414', 'closed'],
      ['a target of 8000 bytes', target(`/${'a'.repeat(7999)}`), '404', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 6.3',
    sentence:
      'If a message is received with both a Transfer-Encoding and a Content-Length header field, [...] Such a message might indicate an attempt to perform request smuggling (Section 11.2) [...] and ought to be handled as an error.',
    cases: [
      ['Content-Length before Transfer-Encoding', `${POST}Content-Length: 5\r\n${CHUNKED}0\r\n\r\n`, '400', 'closed'],
      [
        'Content-Length after Transfer-Encoding',
        `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
        '400',
        'closed',
      ],
      ['Content-Length in lower case', `${POST}content-length: 5\r\n${CHUNKED}0\r\n\r\n`, '400', 'closed'],
      ['both, read by a handler', `${READ}Content-Length: 5\r\n${CHUNKED}0\r\n\r\n`, '400', 'closed'],
      ['both, of GET', `${GET}Content-Length: 0\r\n${CHUNKED}0\r\n\r\n`, '400', 'closed'],
      ['a smuggled request', `${POST}Content-Length: 6\r\n${CHUNKED}0\r\n\r\nG${NEXT}`, '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 6.3',
    sentence:
      'If a Transfer-Encoding header field is present in a request and the chunked transfer coding is not the final encoding, the message body length cannot be determined reliably; the server MUST respond with the 400 (Bad Request) status code and then close the connection.',
    cases: [
      ['gzip alone', `${POST}Transfer-Encoding: gzip\r\n\r\n`, '400', 'closed'],
      ['gzip alone, of GET', `${GET}Transfer-Encoding: gzip\r\n\r\n`, '400', 'closed'],
      ['identity', `${POST}Transfer-Encoding: identity\r\n\r\n`, '400', 'closed'],
      ['chunked before another coding', `${POST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      [
        'chunked and identity in two fields',
        `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
        '400',
        'closed',
      ],
      ['a name that ends with chunked', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['chunked with a parameter', `${POST}Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['chunked in quotes', `${POST}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['chunked after a vertical tab', `${POST}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['an empty Transfer-Encoding', `${POST}Transfer-Encoding:\r\n\r\n`, '400', 'closed'],
      ['chunked before an empty element', `${POST}Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['chunked before a quote', `${POST}Transfer-Encoding: x;a="b, chunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['a no-break space before chunked', `${POST}Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9110, section 5.3',
    sentence:
      "a sender MUST NOT generate multiple field lines with the same name in a message (whether in the headers or trailers) or append a field line when a field line of the same name already exists in the message, unless that field's definition allows multiple field line values to be recombined as a comma-separated list",
    cases: [
      ['two Authorizations', fields('Authorization: Basic YTpi\r\nAuthorization: Basic YTpj\r\n'), '400', 'closed'],
      [
        'two equal Authorizations',
        fields('Authorization: Basic YTpi\r\nauthorization: Basic YTpi\r\n'),
        '400',
        'closed',
      ],
      ['two lists', fields('Accept: text/html\r\nAccept: text/plain\r\n'), '200', 'kept'],
      ['two cookies', fields('Cookie: a=b\r\nCookie: c=d\r\n'), '200', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 11.2',
    sentence:
      'Request smuggling [...] is a technique that exploits differences in protocol parsing among various recipients to hide additional requests (which might otherwise be blocked or disabled by policy) within an apparently harmless request.',
    cases: [
      ['an empty element before chunked', `${POST}Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['a comma before chunked', `${POST}Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      ['a name that is no coding', `${POST}Transfer-Encoding: @@, chunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      [
        'an element of a byte above ASCII before chunked',
        `${POST}Transfer-Encoding: \xa0, chunked\r\n\r\n0\r\n\r\n`,
        '400',
        'closed',
      ],
    ],
  },
  {
    section: 'RFC 9112, section 6.1',
    sentence:
      'A sender MUST NOT apply the chunked transfer coding more than once to a message body. [...] A server that receives a request message with a transfer coding it does not understand SHOULD respond with 501 (Not Implemented).',
    cases: [
      ['chunked twice', `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, '400', 'closed'],
      [
        'chunked in two fields',
        `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        '400',
        'closed',
      ],
      ['gzip, chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, '501', 'closed'],
      [
        'an unknown coding before chunked',
        `${POST}Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        '501',
        'closed',
      ],
      [
        'a coding with a comma in a parameter',
        `${POST}Transfer-Encoding: x;a="b, chunked", chunked\r\n\r\n0\r\n\r\n`,
        '501',
        'closed',
      ],
      ['chunked and a tab', `${POST}Transfer-Encoding: \tchunked\t\r\n\r\n0\r\n\r\n${NEXT}`, '405 200', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 6.1',
    sentence:
      'A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding header field MUST treat the message as if the framing is faulty, even if a Content-Length is present, and close the connection after processing the message.',
    cases: [
      [
        'HTTP/1.0 with chunked',
        'POST /healthz HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        '400',
        'closed',
      ],
      [
        'HTTP/1.0 with chunked and keep-alive',
        'POST /healthz HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        '400',
        'closed',
      ],
      [
        'HTTP/1.0 with both',
        'POST /healthz HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        '400',
        'closed',
      ],
    ],
  },
  {
    section: 'RFC 9112, section 6.3',
    sentence:
      'If a message is received without Transfer-Encoding and with an invalid Content-Length header field, then the message framing is invalid and the recipient MUST treat it as an unrecoverable error [...] the server MUST respond with a 400 (Bad Request) status code and then close the connection.',
    cases: [
      ['a negative length', `${POST}Content-Length: -1\r\n\r\n`, '400', 'closed'],
      ['a length with a plus', `${POST}Content-Length: +5\r\n\r\nhello`, '400', 'closed'],
      ['a hexadecimal length', `${POST}Content-Length: 0x5\r\n\r\nhello`, '400', 'closed'],
      ['a length with a fraction', `${POST}Content-Length: 5.0\r\n\r\nhello`, '400', 'closed'],
      ['a length with an exponent', `${POST}Content-Length: 5e0\r\n\r\nhello`, '400', 'closed'],
      ['a length with an underscore', `${POST}Content-Length: 5_0\r\n\r\nhello`, '400', 'closed'],
      ['a length with a space', `${POST}Content-Length: 5 5\r\n\r\nhello`, '400', 'closed'],
      ['a length that is no number', `${POST}Content-Length: five\r\n\r\nhello`, '400', 'closed'],
      ['an empty length', `${POST}Content-Length:\r\n\r\n`, '400', 'closed'],
      ['a length above all bounds', `${POST}Content-Length: 99999999999999999999\r\n\r\n`, '400', 'closed'],
      ['two different lengths', `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, '400', 'closed'],
      ['two equal lengths', `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`, '400', 'closed'],
      ['a list of different lengths', `${POST}Content-Length: 5, 6\r\n\r\nhello`, '400', 'closed'],
      ['a list of equal lengths', `${POST}Content-Length: 5, 5\r\n\r\nhello`, '400', 'closed'],
      ['an invalid length of GET', `${GET}Content-Length: x\r\n\r\n`, '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 6.3',
    sentence:
      'If a valid Content-Length header field is present without Transfer-Encoding, its decimal value defines the expected message body length in octets.',
    cases: [
      ['a body of a known length', `${POST}Content-Length: 5\r\n\r\nhello${NEXT}`, '405 200', 'kept'],
      ['a length with zeros in front', `${POST}Content-Length: 005\r\n\r\nhello${NEXT}`, '405 200', 'kept'],
      ['a length with spaces around it', `${POST}Content-Length: \t5 \r\n\r\nhello${NEXT}`, '405 200', 'kept'],
      ['a body of GET', `${GET}Content-Length: 5\r\n\r\nhello${NEXT}`, '200 200', 'kept'],
      [
        'a body that looks like a request',
        `${POST}Content-Length: ${NEXT.length}\r\n\r\n${NEXT}${NEXT}`,
        '405 200',
        'kept',
      ],
      ['no body', `${POST}Content-Length: 0\r\n\r\n${NEXT}`, '405 200', 'kept'],
      ['no length', `${POST}\r\n${NEXT}`, '405 200', 'kept'],
      ['a body that a handler reads', `${READ}Content-Length: 3\r\n\r\nabc${NEXT}`, '400 200', 'kept'],
      [
        'a long body that no handler reads',
        `${POST}Content-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`,
        '405',
        'closed',
      ],
    ],
  },
  {
    section: 'RFC 9112, section 7.1',
    sentence:
      'The chunked transfer coding wraps content in order to transfer it as a series of chunks, each with its own size indicator, followed by an OPTIONAL trailer section. [...] A recipient MUST be able to parse and decode the chunked transfer coding.',
    cases: [
      ['an empty body', `${chunks('0\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['a chunk', `${chunks('5\r\nhello\r\n0\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['two chunks', `${chunks('5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      [
        'a size in upper and lower case',
        `${chunks(`1F\r\n${'x'.repeat(31)}\r\n1f\r\n${'x'.repeat(31)}\r\n0\r\n\r\n`)}${NEXT}`,
        '405 200',
        'kept',
      ],
      ['a size with zeros in front', `${chunks('0005\r\nhello\r\n000\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['chunked in upper case', `${POST}Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n${NEXT}`, '405 200', 'kept'],
      ['a chunk with CRLF in its data', `${chunks('4\r\n\r\n\r\n\r\n0\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['chunks of GET', `${GET}${CHUNKED}5\r\nhello\r\n0\r\n\r\n${NEXT}`, '200 200', 'kept'],
      ['chunks that a handler reads', `${readChunks('3\r\nabc\r\n0\r\n\r\n')}${NEXT}`, '400 200', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 7.1',
    sentence:
      'chunk-size = 1*HEXDIG; recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors due to integer conversion overflows or precision loss due to integer representation.',
    cases: [
      ['a size that is no number', chunks('xyz\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a size with a plus', chunks('+5\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a negative size', chunks('-5\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a size with 0x', chunks('0x5\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a size with an underscore', chunks('0_5\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a size with a space before it', chunks(' 5\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a size with a space after it', chunks('5 \r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['an empty size', chunks('\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a size above all integers', chunks('FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n'), '413', 'closed'],
      ['a size that is 1 after an overflow', chunks('10000000000000001\r\nx\r\n0\r\n\r\n'), '413', 'closed'],
      ['a malformed size that a handler reads', readChunks('xyz\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a malformed second size', chunks('5\r\nhello\r\nx\r\n'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 7.1',
    sentence: 'chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF; last-chunk = 1*("0") [ chunk-ext ] CRLF',
    cases: [
      ['no CRLF after the data', chunks('5\r\nhello0\r\n\r\n'), '400', 'closed'],
      ['data that is longer than its size', chunks('4\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['LF after the size', chunks('5\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['CR after the size', chunks('5\rhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['LF after the data', chunks('5\r\nhello\n0\r\n\r\n'), '400', 'closed'],
      ['two bytes that are not CRLF after the data', chunks('5\r\nhelloXX0\r\n\r\n'), '400', 'closed'],
      ['LF after the last chunk', chunks('0\n\r\n'), '400', 'closed'],
      ['LF as the end of the body', chunks('0\r\n\n'), '400', 'closed'],
      ['LF after the data, read by a handler', readChunks('3\r\nabc\n0\r\n\r\n'), '400', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 7.1.1',
    sentence:
      'A recipient MUST ignore unrecognized chunk extensions. A server ought to limit the total length of chunk extensions received in a request to an amount reasonable for the services provided',
    cases: [
      ['an extension', `${chunks('5;a\r\nhello\r\n0\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['an extension with a value', `${chunks('5;a=b;c="d e\\""\r\nhello\r\n0;x\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['an extension with white space', `${chunks('5 ; a = b\r\nhello\r\n0\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['an extension without a name', chunks('5;\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['an extension with a CR', chunks('5;a\rb\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['an extension that ends with LF', chunks('5;a\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['an open quote', chunks('5;a="b\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['an extension with a NUL', chunks('5;a\0\r\nhello\r\n0\r\n\r\n'), '400', 'closed'],
      ['a long extension', chunks(`5;${'a'.repeat(300)}\r\nhello\r\n0\r\n\r\n`), '413', 'closed'],
      ['many extensions', chunks(`${`1;${'a'.repeat(200)}\r\nx\r\n`.repeat(100)}0\r\n\r\n`), '413', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 7.1.2',
    sentence:
      'A recipient that removes the chunked coding from a message MAY selectively retain or discard the received trailer fields.',
    cases: [
      ['a trailer field', `${chunks('0\r\nX: a\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['a Host in the trailers', `${chunks('0\r\nHost: b\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['a Content-Length in the trailers', `${chunks('0\r\nContent-Length: 5\r\n\r\n')}${NEXT}`, '405 200', 'kept'],
      ['a malformed trailer', chunks('0\r\nX a: b\r\n\r\n'), '400', 'closed'],
      ['a trailer without a colon', chunks('0\r\nX\r\n\r\n'), '400', 'closed'],
      ['a trailer on two lines', chunks('0\r\nX: a\r\n b\r\n\r\n'), '400', 'closed'],
      ['a trailer with a bare LF', chunks('0\r\nX: a\n\r\n'), '400', 'closed'],
      ['long trailers', chunks(`0\r\n${'X: a\r\n'.repeat(4000)}\r\n`), '431', 'closed'],
      ['a long trailer', chunks(`0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`), '431', 'closed'],
    ],
  },
  {
    section: 'RFC 9112, section 9.3',
    sentence:
      'If the "close" connection option is present, the connection will not persist [...] if the received protocol is HTTP/1.1 (or later), the connection will persist [...] If the received protocol is HTTP/1.0, the "keep-alive" connection option is present, [...] the connection will persist',
    cases: [
      ['HTTP/1.1', NEXT, '200', 'kept'],
      ['close', fields('Connection: close\r\n'), '200', 'closed'],
      ['close in upper case', fields('Connection: CLOSE\r\n'), '200', 'closed'],
      ['close in a list', fields('Connection: x, close\r\n'), '200', 'closed'],
      ['close in a second field', fields('Connection: x\r\nConnection: close\r\n'), '200', 'closed'],
      ['close and keep-alive', fields('Connection: keep-alive, close\r\n'), '200', 'closed'],
      ['a name that contains close', fields('Connection: closed\r\n'), '200', 'kept'],
      ['close after a no-break space', fields('Connection: \xa0close\r\n'), '200', 'kept'],
      ['close between empty elements', fields('Connection: ,close,\r\n'), '200', 'closed'],
      ['HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', '200', 'closed'],
      ['HTTP/1.0 with keep-alive', 'GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', '200', 'kept'],
      [
        'HTTP/1.0 with Keep-Alive in upper case',
        'GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
        '200',
        'kept',
      ],
      ['HTTP/1.0 with Host', `GET /healthz HTTP/1.0\r\n${HOST}\r\n`, '200', 'closed'],
      ['a request after close', `${fields('Connection: close\r\n')}${NEXT}`, '200', 'closed'],
    ],
  },
  {
    section: 'RFC 9110, section 10.1.1',
    sentence:
      'A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore that expectation. [...] A server MAY omit sending a 100 (Continue) response if it has already received some or all of the content for the corresponding request',
    cases: [
      [
        'an expectation, and no handler reads the body',
        `${POST}Content-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
        '405',
        'closed',
      ],
      [
        'an expectation, and a handler reads the body',
        `${READ}Content-Length: 3\r\nExpect: 100-continue\r\n\r\n`,
        '100',
        'kept',
      ],
      [
        'an expectation whose body has arrived',
        `${READ}Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc`,
        '400',
        'kept',
      ],
      ['an expectation in upper case', `${POST}Content-Length: 5\r\nExpect: 100-CONTINUE\r\n\r\n`, '405', 'closed'],
      ['an expectation without a body', fields('Expect: 100-continue\r\n'), '200', 'kept'],
      [
        'an expectation in HTTP/1.0',
        'POST /dns-query HTTP/1.0\r\nContent-Type: application/dns-message\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc',
        '400',
        'closed',
      ],
      ['an unknown expectation', fields('Expect: tea\r\n'), '417', 'closed'],
      ['an unknown expectation in HTTP/1.0', 'GET /healthz HTTP/1.0\r\nExpect: tea\r\n\r\n', '200', 'closed'],
      ['two expectations', fields('Expect: 100-continue\r\nExpect: tea\r\n'), '417', 'closed'],
      ['an expectation with a parameter', fields('Expect: 100-continue;a=b\r\n'), '417', 'closed'],
    ],
  },
  {
    section: 'RFC 9110, section 5.6.1.2',
    sentence: 'A recipient MUST parse and ignore a reasonable number of empty list elements',
    cases: [
      ['an empty list of expectations', `${READ}Content-Length: 3\r\nExpect:\r\n\r\nabc`, '400', 'kept'],
      ['an expectation twice', fields('Expect: 100-continue\r\nExpect: 100-continue\r\n'), '200', 'kept'],
      [
        'an expectation after an empty element',
        `${READ}Content-Length: 3\r\nExpect: , 100-continue\r\n\r\n`,
        '100',
        'kept',
      ],
      ['an empty list of connection options', fields('Connection:\r\n'), '200', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 13.1.3',
    sentence:
      'A recipient MUST ignore the If-Modified-Since header field if the received field value is not a valid HTTP-date, the field value has more than one member, or if the request method is neither GET nor HEAD.',
    cases: [
      ['a date in the future', file('If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT\r\n'), '304', 'kept'],
      ['two dates', file(`${'If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT\r\n'.repeat(2)}`), '200', 'kept'],
      ['a day that does not exist', file('If-Modified-Since: Sup, 06 Nov 2044 08:49:37 GMT\r\n'), '200', 'kept'],
      [
        'a date and a method that is not GET',
        `POST /test/cache HTTP/1.1\r\n${HOST}If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT\r\n\r\n`,
        '200',
        'kept',
      ],
    ],
  },
  {
    section: 'RFC 9110, section 13.1.2',
    sentence:
      'If the condition is false, the origin server MUST respond with either a) the 304 (Not Modified) status code if the request method is GET or HEAD or b) the 412 (Precondition Failed) status code for all other request methods.',
    cases: [
      ['GET with any tag', fields('If-None-Match: *\r\n'), '304', 'kept'],
      ['HEAD with any tag', `HEAD /healthz HTTP/1.1\r\n${HOST}If-None-Match: *\r\n\r\n`, '304', 'kept'],
      ['POST with the tag', `POST /test/etag/a HTTP/1.1\r\n${HOST}If-None-Match: "a"\r\n\r\n`, '412', 'kept'],
      ['GET with the tag', `GET /test/etag/a HTTP/1.1\r\n${HOST}If-None-Match: "a"\r\n\r\n`, '304', 'kept'],
      ['DELETE of mail with any tag', `DELETE /mail HTTP/1.1\r\n${LOCAL}\r\nIf-None-Match: *\r\n\r\n`, '412', 'kept'],
      ['a missing path', `GET /nope HTTP/1.1\r\n${HOST}If-None-Match: *\r\n\r\n`, '404', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 13.1.1',
    sentence:
      'An origin server that receives an If-Match header field MUST evaluate the condition per Section 13.2 prior to performing the method. [...] An origin server that evaluates an If-Match condition MUST NOT perform the requested method if the condition evaluates to false.',
    cases: [
      ['a tag of a resource without tags', fields('If-Match: "a"\r\n'), '412', 'kept'],
      ['any tag of a resource without tags', fields('If-Match: *\r\n'), '200', 'kept'],
      ['a tag of a list of mail', `GET /mail HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '412', 'kept'],
      ['DELETE of mail with a tag', `DELETE /mail HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '412', 'kept'],
      ['DELETE of stubs with a tag', `DELETE /-/stubs HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '412', 'kept'],
      ['a DNS query with a tag', `${READ}If-Match: "a"\r\nContent-Length: 3\r\n\r\nabc`, '412', 'kept'],
      ['a style sheet with a tag', `GET /app/style.css HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '412', 'kept'],
      ['a missing path with a tag', `GET /mail/x HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '404', 'kept'],
      ['a sign-out with a tag', `POST /api/sign-out HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '412', 'kept'],
      ['a missing stub with a tag', `DELETE /-/stubs/x HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '404', 'kept'],
      ['a request without a sign-in', `GET /api/notices HTTP/1.1\r\n${LOCAL}\r\nIf-Match: "a"\r\n\r\n`, '401', 'kept'],
    ],
  },
  {
    section: 'RFC 9112, section 9.3.2',
    sentence:
      'A server MAY process a sequence of pipelined requests in parallel if they all have safe methods [...], but it MUST send the corresponding responses in the same order that the requests were received.',
    cases: [
      ['three requests', NEXT.repeat(3), '200 200 200', 'kept'],
      ['a slow request before a fast one', `GET /files/ HTTP/1.1\r\n${HOST}\r\n${NEXT}`, '200 200', 'kept'],
      ['a request behind an error that keeps the connection', `${target('/nope')}${NEXT}`, '404 200', 'kept'],
      ['a request behind a malformed one', `${NEXT}${line('GET  /healthz HTTP/1.1')}${NEXT}`, '200 400', 'closed'],
      ['a request behind a malformed body', `${NEXT}${chunks('x\r\n')}${NEXT}`, '200 400', 'closed'],
      ['HEAD before GET', `HEAD /healthz HTTP/1.1\r\n${HOST}\r\n${NEXT}`, '200 200', 'kept'],
      ['an HTTP/2 preface behind a request', `${NEXT}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, '200 505', 'closed'],
    ],
  },
  {
    section: 'RFC 9110, section 7.8',
    sentence:
      'A server MAY ignore a received Upgrade header field if it wishes to continue using the current protocol on that connection.',
    cases: [
      [
        'h2c',
        fields('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
        '200',
        'kept',
      ],
      ['a websocket of a route without one', fields('Connection: Upgrade\r\nUpgrade: websocket\r\n'), '200', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 7.8',
    sentence:
      'A client cannot begin using an upgraded protocol on the connection until it has completely sent the request message [...] A server that receives an Upgrade header field in an HTTP/1.0 request MUST ignore that Upgrade field.',
    cases: [
      ['a WebSocket with a body', webSocket('GET', `${UPGRADE}Content-Length: 5\r\n`, 'hello'), '400', 'kept'],
      [
        'a WebSocket with chunks',
        webSocket('GET', `${UPGRADE}Transfer-Encoding: chunked\r\n`, '0\r\n\r\n'),
        '400',
        'kept',
      ],
      ['a WebSocket of HEAD', webSocket('HEAD', UPGRADE), '400', 'kept'],
      ['a WebSocket of POST', webSocket('POST', UPGRADE), '405', 'kept'],
      ['a WebSocket of HTTP/1.0', webSocket('GET', UPGRADE).replace('HTTP/1.1', 'HTTP/1.0'), '400', 'kept'],
      ['Upgrade without the connection option', webSocket('GET', 'Upgrade: websocket\r\n'), '400', 'kept'],
      ['Upgrade to another protocol', webSocket('GET', UPGRADE.replace('websocket', 'x/1')), '400', 'kept'],
      ['a WebSocket of another version', webSocket('GET', UPGRADE).replace(': 13', ': 99'), '426', 'kept'],
    ],
  },
  {
    section: 'RFC 9110, section 15.5.1',
    sentence:
      'The 400 (Bad Request) status code indicates that the server cannot or will not process the request due to something that is perceived to be a client error (e.g., malformed request syntax [...])',
    cases: [
      ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '400', 'closed'],
      ['an SSH greeting', 'SSH-2.0-OpenSSH_9.2p1\r\n\r\n', '400', 'closed'],
      ['an SMTP command', 'EHLO a\r\n', '400', 'closed'],
      ['bytes of zero', '\0'.repeat(100), '400', 'closed'],
      ['a JSON text', '{"a": 1}\r\n\r\n', '400', 'closed'],
    ],
  },
]
