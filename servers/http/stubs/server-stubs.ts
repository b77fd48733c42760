/** The stubs of a server: their file, their routes, and their functions for programs. */
import type { Log } from '../../../shared/log.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import type { RouteRequest } from '../request/request.ts'
import type { Response } from '../response/response.ts'
import type { Route } from '../routes/router.ts'
import { type HttpApi, stubsApi } from './api.ts'
import { StubFile } from './stub-file.ts'
import { StubRoutes } from './stub-routes.ts'
import { Stubs } from './stubs.ts'

export interface ServerStubsOptions {
  readonly trace: Trace
  readonly log: Log
  /** The file of stubs; undefined without one. */
  readonly file: string | undefined
  /** True if only programs on this machine can reach the server. */
  readonly isOnLoopback: boolean
}

export class ServerStubs {
  readonly stubs: Stubs
  readonly api: HttpApi
  readonly #file: StubFile | undefined
  readonly #routes: StubRoutes

  constructor({ trace, log, file, isOnLoopback }: ServerStubsOptions) {
    this.stubs = new Stubs(trace)
    this.api = stubsApi(this.stubs)
    this.#file = file === undefined ? undefined : new StubFile(file, this.stubs, log)
    this.#routes = new StubRoutes(this.stubs, isOnLoopback)
  }

  get routes(): readonly Route<(request: RouteRequest) => Response | Promise<Response>>[] {
    const routes = this.#routes
    const methods = {
      GET: (request: RouteRequest) => routes.list(request),
      POST: (request: RouteRequest) => routes.add(request),
      DELETE: (request: RouteRequest) => routes.reset(request),
    }
    return [
      { path: '/-/stubs', methods },
      { path: '/-/stubs/requests', methods: { GET: request => routes.requests(request) } },
      { path: '/-/stubs/:id', methods: { DELETE: request => routes.remove(request) } },
    ]
  }

  /**
   * Loads the file, if there is one.
   *
   * @throws UsageError if it cannot be read or is invalid; the stubs are then unchanged
   */
  async load(): Promise<void> {
    await this.#file?.load()
  }

  /** Loads the file again after each change. */
  watch(): void {
    this.#file?.watch()
  }

  close(): void {
    this.#file?.close()
    this.stubs.close()
  }
}
