import { NodeError } from '../kernel/errors.js'
import { parseArguments } from './arguments.js'
import { CommandFailure, type Command, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { usageOf, usageOfCommand } from './usage.js'

export interface RunLineOptions {
  readonly commands: readonly Command[]
  readonly terminal: Terminal
  /** Of which variables give options that were not given. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Of the package. */
  readonly version: string
}

/**
 * Does what a command line asks, with the words behind `bronnet`, and returns the exit status. Throws nothing: a mistake in
 * the words and what a command throws are said to the terminal.
 */
export async function runLine(words: readonly string[], options: RunLineOptions): Promise<number> {
  const { commands, terminal, version, environment } = options
  const request = parseArguments(commands, words, environment)
  switch (request.kind) {
    case 'mistake': {
      const { fault, command } = request
      const help =
        command === undefined ? 'bronnet help lists the commands' : `bronnet help ${command.name} tells the rest`
      terminal.note(`bronnet: ${fault}\n\n${help}.`)
      return exitStatus.usage
    }
    case 'help':
      terminal.say(request.command === undefined ? usageOf(commands, request.group) : usageOfCommand(request.command))
      return exitStatus.good
    case 'version':
      terminal.say(`bronnet ${version}`)
      return exitStatus.good
    case 'run':
      try {
        return await request.command.run(request.given, terminal)
      } catch (error) {
        return sayFault(error, terminal)
      }
  }
}

/** Says what went wrong, in lines for who typed the command, and returns the exit status that belongs to it. */
export function sayFault(error: unknown, terminal: Terminal): number {
  terminal.note(describe(error).join('\n'))
  return statusOf(error)
}

function describe(error: unknown): readonly string[] {
  if (error instanceof CommandFailure) return error.lines.map((line) => `bronnet: ${line}`)
  if (NodeError.is(error))
    return (error.notes.length > 0 ? error.notes : [error.message]).map((line) => `bronnet: ${line}`)
  return [
    'bronnet cannot go on because of a fault in bronnet itself:',
    `bronnet: ${String(error instanceof Error ? error.stack : error)}`,
  ]
}

function statusOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.status
  const code = NodeError.codeOf(error)
  if (
    code === 'config.invalid' ||
    code === 'policy.pack_invalid' ||
    code === 'source.bad_record' ||
    code === 'catalogue.refused' ||
    code === 'identity.key_store_closed'
  ) {
    return exitStatus.configuration
  }
  if (code === 'store.damaged') return exitStatus.damaged
  return code === 'internal.fault' ? exitStatus.software : exitStatus.unavailable
}
