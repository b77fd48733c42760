/** What `fourwire start --help` prints below the options. Pure. */

export const START_HELP = `
Settings:
  A flag overrides the environment, the environment overrides fourwire.json in
  the working folder (or --config FILE), and that overrides the default.

    --dns-port 5353             FOURWIRE_DNS_PORT=5353
                                { "dns": { "port": 5353 } }
    --tls                       FOURWIRE_TLS=true
                                { "tls": true }
    fourwire start dns http     FOURWIRE_SERVICES=dns,http
                                { "services": ["dns", "http"] }

  An editor completes and checks fourwire.json if it begins with
  "$schema": "./node_modules/fourwire/dist/fourwire.schema.json".
  fourwire schema prints the same schema.

Data folder:
  The first start creates it, with sample files.
    www/      what HTTP and FTP serve
    zones/    the zones of the DNS server, one file each
    running/  the suites that run on this folder; clients find them here
    tls/      with --tls: the certificate authority and the certificate
    fourwire.db  accounts and mail (SQLite); a newer Fourwire copies it to
              fourwire.db.v1 before it changes it
  Services can run in several processes on one data folder. DNS over HTTPS
  queries the DNS server of the same process: start dns and http together.
  --store postgres://USER:PASSWORD@HOST/DATABASE keeps accounts and mail in
  PostgreSQL, for several machines.

Accounts:
  Accounts sign in by FTP, SMTP and HTTP; fourwire user add NAME adds one. While
  every service listens on loopback, alice and bob can sign in too, with the
  passwords that the banner shows.

TLS:
  --tls adds HTTPS, FTP over TLS (AUTH TLS and ftps://), SMTP over TLS (STARTTLS
  and a port of its own), DNS over TLS and DNS over HTTPS. The certificate is
  signed by the authority of the data folder, so clients have to trust
  tls/ca.pem. The authority is limited to names under test and localhost, and to
  addresses. Only you can read its key. --tls-cert and --tls-key use a
  certificate of your own.

Balancers:
  --proxy-from 10.0.0.5,10.1.0.0/16 names balancers that send the PROXY protocol
  (HAProxy: send-proxy or send-proxy-v2), version 1 or 2, on every TCP and TLS
  port. Limits, logs and the trace then have the addresses of their clients. A
  connection from a named address without the header is closed and logged, so a
  balancer on this machine needs an address of its own (HAProxy: source
  127.0.0.2). alice and bob then do not exist, and /mail requires an account.

Several processes:
  fourwire start --reuse-port, started several times, shares one set of ports;
  Linux distributes connections and datagrams among the processes. It needs Node
  22.12 or newer. Rate limits count in each process by itself.

Example:
  fourwire start dns http --dns-port 5353`
