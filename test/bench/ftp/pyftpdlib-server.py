"""pyftpdlib with its fastest settings, without output. Arguments: PORT ROOT CERTIFICATE KEY MAX_SESSIONS"""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

port, root, certificate, key, max_sessions = sys.argv[1:]
logging.basicConfig(level=logging.CRITICAL)
authorizer = DummyAuthorizer()
authorizer.add_anonymous(root, perm="elradfmwMT")
TLS_FTPHandler.authorizer = authorizer
TLS_FTPHandler.certfile = certificate
TLS_FTPHandler.keyfile = key
TLS_FTPHandler.timeout = 0
# It sends with sendfile() if there is no TLS.
server = FTPServer(("127.0.0.1", int(port)), TLS_FTPHandler, backlog=1000)
server.max_cons = int(max_sessions)
server.serve_forever()
