#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { parseArguments, usage } from './cli/arguments.js'
import { composeNode, type RunningNode } from './compose.js'
import { loadConfiguration } from './config.js'
import { NodeError } from './kernel/errors.js'
import { createLog } from './kernel/log.js'
import { packageFile } from './kernel/package-root.js'

/** Exit statuses of sysexits.h: operators and supervisors tell a mistake in the configuration from a fault. */
const exitStatus = { usage: 64, software: 70, unavailable: 69, damaged: 74, configuration: 78 } as const

await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<void> {
  const command = parseArguments(words)
  if (command.name === 'mistake') return end(exitStatus.usage, [command.fault, '', usage])
  if (command.name === 'help') return say(usage)
  if (command.name === 'version') return say(`bronnet ${readVersion()}`)
  try {
    const { BRONNET_CONFIG: named } = process.env
    const file = named === undefined || named === '' ? command.configFile : named
    const { configuration, notices } = await loadConfiguration({ file, environment: process.env })
    if (command.name === 'check') return say(['The configuration is good.', ...notices].join('\n'))
    const log = createLog({ level: configuration.log.level, node: configuration.name })
    for (const notice of notices) log.warn(notice)
    const starting = composeNode({ configuration, log, version: readVersion() })
    stopOnSignal(starting)
    await starting
  } catch (error) {
    end(statusOf(error), describe(error))
  }
}

/** The first signal stops gracefully, also a node that is still starting; the second at once. */
function stopOnSignal(starting: Promise<RunningNode>): void {
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    void stopNode(starting)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

async function stopNode(starting: Promise<RunningNode>): Promise<void> {
  // Why a node did not start is told where it was started; there is nothing to stop then.
  const node = await starting.catch(() => undefined)
  if (node === undefined) return
  try {
    await node.stop()
    process.exitCode = 0
  } catch (error) {
    end(exitStatus.software, describe(error))
  }
  // What could not be closed would keep the process alive.
  process.exit()
}

function describe(error: unknown): readonly string[] {
  if (!NodeError.is(error))
    return [
      'bronnet could not start because of a fault in bronnet itself:',
      String(error instanceof Error ? error.stack : error),
    ]
  return error.notes.length > 0 ? error.notes : [error.message]
}

function statusOf(error: unknown): number {
  const code = NodeError.codeOf(error)
  if (
    code === 'config.invalid' ||
    code === 'policy.pack_invalid' ||
    code === 'source.bad_record' ||
    code === 'identity.key_store_closed'
  ) {
    return exitStatus.configuration
  }
  if (code === 'store.damaged') return exitStatus.damaged
  return code === 'internal.fault' ? exitStatus.software : exitStatus.unavailable
}

function end(status: number, lines: readonly string[]): void {
  const isPlain = (line: string): boolean => line === '' || line === usage || line.startsWith('bronnet')
  process.stderr.write(`${lines.map((line) => (isPlain(line) ? line : `bronnet: ${line}`)).join('\n')}\n`)
  process.exitCode = status
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function readVersion(): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(packageFile('package.json'), 'utf8')))
  return version
}
