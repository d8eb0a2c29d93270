import { systemClock } from '../../node/kernel/clock.js'
import { createCommands, type CommandDeps } from '../../node/cli/commands.js'

const unused = (): Promise<never> => Promise.reject(new Error('unused'))

/** What no test of the table itself uses. */
export const unusedDeps: CommandDeps = {
  startNode: unused,
  checkConfiguration: unused,
  findConfiguration: unused,
  openStoreAt: unused,
  tryKeys: unused,
  checkSettings: () => {
    throw new Error('unused')
  },
  loadSettings: unused,
  readAuthorities: () => [],
  keyDirectoryOf: () => '',
  openOutboundTo: () => {
    throw new Error('unused')
  },
  clock: systemClock,
  version: '0',
}

/** Every command of `bronnet`. */
export const commandTable = createCommands(unusedDeps)
