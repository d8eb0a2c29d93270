import { configOption, type Command } from './command.js'

/** What the process itself does: it alone builds a node. */
export interface ProcessDeps {
  /** Starts a node that serves until a signal stops it. */
  readonly startNode: Command['run']
  readonly checkConfiguration: Command['run']
}

/** `bronnet start` and `bronnet check-config`. */
export function processCommands({ startNode, checkConfiguration }: ProcessDeps): readonly Command[] {
  return [
    {
      name: 'start',
      summary: 'start the node',
      options: [configOption],
      examples: ['bronnet start --config node.yaml'],
      run: startNode,
    },
    {
      name: 'check-config',
      summary: 'check the configuration and say what is allowed or forced; does not start',
      options: [configOption],
      examples: ['bronnet check-config --config node.yaml'],
      run: checkConfiguration,
    },
  ]
}
