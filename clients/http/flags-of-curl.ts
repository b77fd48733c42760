/** Flags of curl and HTTPie that `fourwire http` does not have, with what to use instead. Pure. */
import type { UnsupportedFlag } from '../../shared/service.ts'

const CURL = 'is not supported. Use curl'
const COOKIES = "keep cookies with --session FILE, or send one with -H 'Cookie: NAME=VALUE'"

const ADVICE: Readonly<Record<string, string>> = {
  '-s, --silent': 'omit it: progress is shown only for downloads on a terminal',
  '-S, --show-error': 'omit it: errors are always printed',
  '--fail': 'omit it: a status of 400 or more exits with 1',
  '-m, --max-time [SECONDS]': 'use --timeout SECONDS',
  '--connect-timeout [SECONDS]': 'use --timeout SECONDS',
  '-A, --user-agent [NAME]': "use -H 'User-Agent: NAME'",
  '-e, --referer [URL]': "use -H 'Referer: URL'",
  '-b, --cookie [COOKIE]': COOKIES,
  '-c, --cookie-jar [FILE]': COOKIES,
  '-T, --upload-file [FILE]': 'use PUT URL -d @FILE',
  '-G, --get': 'write the parameters in the URL',
  '--data-raw [TEXT]': 'use -d TEXT',
  '--data-binary [TEXT]': 'use -d TEXT, or -d @FILE',
  '--data-urlencode [TEXT]': 'use -d TEXT with an encoded value',
  '-w, --write-out [FORMAT]': 'use --timings, or --json',
  '--location': 'use -L',
  '--request [METHOD]': 'use -X METHOD',
  '--url [URL]': 'write the URL without a flag',
  '-x, --proxy [URL]': CURL,
  '--cert [FILE]': CURL,
  '--key [FILE]': CURL,
  '--digest': CURL,
  '-a, --auth [CREDENTIALS]': 'use -u USER:PASSWORD',
  '--download': 'use -O, or -o FILE',
  '--headers': 'use -I, or -i for the body too',
  '--print [WHAT]': 'use -i, or -v',
  '--verify [WHAT]': 'use -k, or --cacert FILE',
}

export const FLAGS_OF_CURL: readonly UnsupportedFlag[] = Object.entries(ADVICE).map(([flags, advice]) => ({
  flags,
  advice,
}))
