#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Given, Terminal } from './cli/command.js'
import { createCommands } from './cli/commands.js'
import { exitStatus } from './cli/exit-status.js'
import { runLine, sayFault } from './cli/run-line.js'
import type { RunningNode } from './compose.js'
import { checkConfiguration as checkSettings, loadConfiguration, type LoadedConfiguration } from './config.js'
import { systemClock } from './kernel/clock.js'
import { createLog, silentLog } from './kernel/log.js'
import { packageFile } from './kernel/package-root.js'
import {
  keyDirectory,
  openKeyStore,
  openOutboundTo,
  openStoreAt,
  openVaultOutbound,
  readAuthorities,
} from './resources.js'
import type { Configuration } from '../schemas/configuration.js'

const commands = createCommands({
  startNode,
  checkConfiguration,
  findConfiguration: async (file) => (await load(file)).configuration,
  clock: systemClock,
  checkSettings,
  loadSettings: load,
  tryKeys,
  keyDirectoryOf: keyDirectory,
  readAuthorities: ({ outbound }) => readAuthorities(outbound),
  openOutboundTo: (url, configuration) => openOutboundTo(url, configuration, readVersion()),
  openStoreAt: (url, deps) => openStoreAt(url, { ...deps, clock: systemClock, log: silentLog }),
  version: readVersion(),
  // In a checkout, or where it is a dependency, there is no `bronnet` on the path.
  calledAs: process.env['npm_command'] === 'exec' ? 'npx bronnet' : 'bronnet',
})

const terminal: Terminal = {
  say: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
}

process.exitCode = await runLine(process.argv.slice(2), {
  commands,
  environment: process.env,
  terminal,
  version: readVersion(),
})

async function startNode(given: Given): Promise<number> {
  const { configuration, notices } = await load(given.value('config'))
  const log = createLog({ level: configuration.log.level, node: configuration.name })
  for (const notice of notices) log.warn(notice)
  // Only here: every other command is there in half the time without it.
  const { composeNode } = await import('./compose.js')
  const starting = composeNode({ configuration, log, version: readVersion() })
  stopOnSignal(starting)
  await starting
  return exitStatus.good
}

async function checkConfiguration(given: Given): Promise<number> {
  const { notices } = await load(given.value('config'))
  terminal.say(['The configuration is good.', ...notices].join('\n'))
  return exitStatus.good
}

/** Loads the settings from the file that BRONNET_CONFIG names, or else `file`. @throws `config.invalid` */
function load(file: string | undefined): Promise<LoadedConfiguration> {
  const { BRONNET_CONFIG: named } = process.env
  return loadConfiguration({ file: named === undefined || named === '' ? file : named, environment: process.env })
}

/** @throws `identity.key_store_closed`, `config.invalid` */
async function tryKeys(configuration: Configuration): Promise<void> {
  const outbound = openVaultOutbound(configuration, readVersion())
  try {
    await openKeyStore(configuration, outbound)
  } finally {
    outbound?.close()
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
    process.exitCode = exitStatus.good
  } catch (error) {
    process.exitCode = sayFault(error, terminal)
  }
  // What could not be closed would keep the process alive.
  process.exit()
}

function readVersion(): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(packageFile('package.json'), 'utf8')))
  return version
}
