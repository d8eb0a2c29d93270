import type { LimitTask } from './limits.js'
import type { LoadRequest } from './load.js'
import type { Ports } from './server.js'
import type { BenchWorld } from './world.js'

/** One hot path of the node. */
export interface BenchPath {
  readonly title: string
  /** Requests in a run of the full length; the cheaper the path, the more. */
  readonly requests: number
  /** Requests before the first run: until then the compiler is still at work on the path. */
  readonly warmUpRequests: number
  /** The share of these requests that a quick benchmark sends, 0 to 1; with 0 it leaves the path out. */
  readonly quickShare: number
  /**
   * Whether callers sign in. Then the path is held against the same node without sign-in, not against limits: they are those
   * of the path without.
   */
  readonly signsIn: boolean
  /** Makes ready what the requests and the limits need, with a node that serves. */
  readonly open: (running: RunningBench) => Promise<OpenPath>
}

/** What a path can be opened with. */
export interface RunningBench {
  readonly world: BenchWorld
  /** Of the node. */
  readonly ports: Ports
  readonly fhirServer: {
    readonly url: string
    /** What it was asked since the last time, one line each. */
    readonly takeCalls: () => Promise<readonly string[]>
  }
}

/** How one running node is asked, and what a limit must do for the same. */
export interface OpenPath {
  readonly port: number
  readonly target: string
  /** POST unless it is said. */
  readonly method?: 'GET'
  readonly headers: readonly string[]
  /** The requests of a run; a single one is sent again and again. */
  readonly makeRequests: (count: number) => Promise<readonly LoadRequest[]>
  readonly task: LimitTask
}
