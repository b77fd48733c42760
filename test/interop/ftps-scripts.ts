/** What the tests of FTPS run in Python, with ftplib. */

/** Logs in. Arguments: the port, the folder, the certificate of the authority. */
export const FTP_TLS = `
import ftplib, io, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[3])
ftp = ftplib.FTP_TLS(context=context)
ftp.connect('127.0.0.1', int(sys.argv[1]), timeout=10)
assert ftp.login('alice', 'wonderland').startswith('230')
ftp.cwd(sys.argv[2])
`

/** Titles, and what follows the login. */
export const FTP_TLS_SCRIPTS: readonly (readonly [string, string])[] = [
  [
    'FTP_TLS: transfers and listings over TLS',
    `
ftp.prot_p()
content = bytes(range(256)) * 4000
assert ftp.storbinary('STOR b.bin', io.BytesIO(content)).startswith('226')
got = []
ftp.retrbinary('RETR b.bin', got.append)
assert b''.join(got) == content
ftp.storlines('STOR text', io.BytesIO(b'one\\ntwo\\n'))
lines = []
ftp.retrlines('RETR text', lines.append)
assert lines == ['one', 'two']
assert sorted(ftp.nlst()) == ['b.bin', 'text']
assert dict(ftp.mlsd(facts=['size']))['b.bin']['size'] == str(len(content))
`,
  ],
  [
    'FTP_TLS: data connections in clear after PROT C, and in active mode',
    `
ftp.prot_p()
ftp.prot_c()
ftp.storbinary('STOR clear', io.BytesIO(b'clear'))
ftp.prot_p()
ftp.set_pasv(False)
got = []
ftp.retrbinary('RETR clear', got.append)
assert b''.join(got) == b'clear'
`,
  ],
  [
    'FTP_TLS: CCC is refused, and the session goes on',
    `
try: ftp.ccc(); assert False
except ftplib.error_perm as error: assert str(error).startswith('53'), error
assert ftp.pwd() == '/' + sys.argv[2]
`,
  ],
]

/**
 * Logs in with a version of TLS; data connections resume the session or do not. Arguments: the port, the certificate of the
 * authority, the version, `reuse` or `new`.
 */
export const SESSIONS = `
import ftplib, io, ssl, sys
port, ca, version, reuse = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == 'reuse'
context = ssl.create_default_context(cafile=ca)
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
class Client(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        session = self.sock.session if reuse else None
        return self.context.wrap_socket(conn, server_hostname=self.host, session=session), size
ftp = Client(context=context, timeout=10)
ftp.connect('127.0.0.1', port)
ftp.login('alice', 'wonderland')
ftp.prot_p()
content = bytes(range(256)) * 5000
`
export const TRANSFERS = `
for count in range(3):
    assert ftp.storbinary('STOR python', io.BytesIO(content)) == '226 Transfer complete'
got = []
ftp.retrbinary('RETR python', got.append)
assert b''.join(got) == content
assert ftp.nlst('files') == ['files/hello.txt', 'files/numbers.txt']
ftp.set_pasv(False)
assert ftp.nlst('files') == ['files/hello.txt', 'files/numbers.txt']
try: ftp.ccc(); assert False
except ftplib.error_perm as error: assert str(error).startswith('534'), error
print(ftp.quit())
`
export const REFUSED = `
try: ftp.nlst(); assert False
except ftplib.error_perm as error: assert str(error).startswith('522'), error
print(ftp.quit())
`
