import { expect, test } from 'vitest'
import { parseOutput } from './wrk.ts'

const OUTPUT = `Running 1s test @ http://127.0.0.1:8080/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.05ms    1.20ms  25.10ms   90.00%
    Req/Sec     4.00k   300.00     4.50k    80.00%
  Latency Distribution
     50%    3.92ms
     75%    4.20ms
     90%    5.10ms
     99%    1.02s
  4000 requests in 1.00s, 1.00MB read
Requests/sec:   3987.12
Transfer/sec:      1.00MB
`

test('reads the rate and the latencies, in milliseconds', () => {
  expect(parseOutput(OUTPUT)).toEqual({ requestsPerSecond: 3987.12, p50: 3.92, p99: 1020 })
})

test('fails if requests failed, or there are no figures', () => {
  expect(() => parseOutput(`${OUTPUT}  Non-2xx or 3xx responses: 12\n`)).toThrow('Non-2xx or 3xx responses: 12')
  expect(() => parseOutput('unable to connect')).toThrow('wrk printed no figures: unable to connect')
})
