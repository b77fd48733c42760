"""Downloads one file again and again on one session with Python's ftplib. Arguments: PORT SECONDS NAME"""

import ftplib
import json
import sys
import time

port, seconds, name = sys.argv[1:]
ftp = ftplib.FTP()
ftp.connect("127.0.0.1", int(port), timeout=60)
ftp.login()
operations = size = 0


def count(data):
    global size
    size += len(data)


began = time.monotonic()
while True:
    ftp.retrbinary("RETR " + name, count)
    operations += 1
    if time.monotonic() - began >= float(seconds):
        break
print(json.dumps({"operations": operations, "bytes": size, "seconds": time.monotonic() - began}))
ftp.close()
