import type { Server } from 'node:http'
import { composeNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { createFixedClock, systemClock, type Instant } from '../../node/kernel/clock.js'
import { createLog, silentLog } from '../../node/kernel/log.js'
import { openLevelStore } from '../../node/stores/level.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { calibrate } from './calibration.js'
import { createBareLimit, createExpressLimit, type LimitTask } from './limits.js'
import { serveCommands } from './worker.js'

/** Where the started server listens; a limit has one port. */
export interface Ports {
  readonly public: number
  readonly internal: number
}

/** The commands of the process that is measured. */
export interface ServerCommands {
  readonly startNode: (options: { readonly configuration: ConfigurationInput; readonly now: Instant }) => Promise<Ports>
  readonly startLimit: (options: {
    readonly kind: 'express' | 'bare'
    readonly directory: string
    readonly task: LimitTask
  }) => Promise<Ports>
  /** Starts to count CPU time. */
  readonly mark: () => void
  /** CPU time of the whole process since `mark`, all threads, user and system, in microseconds. */
  readonly measure: () => number
  readonly calibrate: () => number
}

main()

function main(): void {
  let stop = (): Promise<void> => Promise.resolve()
  let before = process.cpuUsage()
  const commands: ServerCommands = {
    async startNode({ configuration, now }) {
      // The log is written as in use: standard output, which whoever started this process throws away.
      const log = createLog({ level: 'info', node: 'bench' })
      const checked = checkConfiguration(configuration).configuration
      const node = await composeNode({ configuration: checked, log, clock: createFixedClock(now), version: 'bench' })
      stop = () => node.stop()
      return { public: node.publicPort, internal: node.internalPort }
    },
    async startLimit({ kind, directory, task }) {
      const store = await openLevelStore({ directory, clock: systemClock, log: silentLog })
      const server = await (kind === 'express' ? createExpressLimit(store, task) : createBareLimit(store, task))
      const port = await listen(server)
      stop = async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
        await store.close()
      }
      return { public: port, internal: port }
    },
    mark() {
      before = process.cpuUsage()
    },
    measure() {
      const { user, system } = process.cpuUsage(before)
      return user + system
    },
    calibrate,
  }
  serveCommands({ ...commands }, () => stop())
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
