import { createCommands, type CommandDeps } from '../node/cli/commands.js'
import { systemClock } from '../node/kernel/clock.js'

const unused = (): Promise<never> => Promise.reject(new Error('unused'))

/** For who only looks at the commands: whoever runs one that needs any of this fails. */
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
