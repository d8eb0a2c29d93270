import { composeNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { createLog } from '../../node/kernel/log.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { serveCommands } from '../bench/worker.js'
import type { Memory } from './memory.js'

/** The commands of the process with the node. */
export interface SoakCommands {
  readonly start: (configuration: ConfigurationInput) => Promise<{ readonly public: number; readonly internal: number }>
  /** After everything that is not needed any more was given back. */
  readonly memory: () => Memory
}

let stop = (): Promise<void> => Promise.resolve()
const commands: SoakCommands = {
  async start(configuration) {
    const checked = checkConfiguration(configuration).configuration
    const log = createLog({ level: 'info', node: 'soak' })
    const node = await composeNode({ configuration: checked, log, version: 'soak' })
    stop = () => node.stop()
    return { public: node.publicPort, internal: node.internalPort }
  },
  memory() {
    globalThis.gc?.()
    const { heapUsed, rss } = process.memoryUsage()
    return { heap: heapUsed, rss }
  },
}
serveCommands({ ...commands }, () => stop())
