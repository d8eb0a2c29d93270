import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMovableClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import { RegistryError } from '../../registry-client/client.js'
import { createNarrator } from './narrator.js'
import { writeNetworkFile } from './network-file.js'
import { participants } from './participants.js'
import { loadExamples } from './examples.js'
import { findStory, stories, type Story } from './stories.js'
import { startWorld, type World } from './world.js'

const usage = `Usage: npm run demo [-- --story NAME] [-- --once] [-- --directory DIR]

Starts a small region on this machine, plays a story, and stays up.

  --story NAME      which story; default read:
${stories.map(({ name, title }) => `                      ${name.padEnd(9)} ${title}`).join('\n')}
  --once            check the story, stop, and exit non-zero when any step is off
  --directory DIR   where the nodes keep their data (default .demo)`

await main()

async function main(): Promise<void> {
  const options = parseOptions()
  if (options === undefined) return
  const { story } = options
  const tell = createNarrator(process.stdout)
  const clock = createMovableClock()
  const startedAt = performance.now()
  let world: World
  let started = 0
  try {
    tell.heading(`Starting ${String(participants.length)} nodes`)
    tell.progress('starting all of them …')
    world = await startWorld({
      directory: options.directory,
      participants,
      clock,
      logs: 'files',
      onStarted: ({ name, organization }) => {
        started += 1
        tell.fact(`[${String(started)}/${String(participants.length)}] ${name.padEnd(18)} serves ${organization.name}`)
      },
    })
    tell.fact('All of them are members, listed, and know each other by the list.', performance.now() - startedAt)
  } catch (error) {
    process.stderr.write(`\nThe demo cannot start.\n${describe(error)}\n${hintFor(error)}`)
    process.exitCode = 1
    return
  }
  try {
    const examples = loadExamples()
    await writeNetworkFile(join(options.directory, 'network.json'), { world, examples, clock })
    tell.heading(`The story: ${story.title}`)
    await story.play({ world, tell, examples, clock })
  } catch (error) {
    tell.expect(false, `the story came to its end: ${describe(error)}`)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  tell.heading(
    tell.missed.length === 0
      ? `Every step went as it should, in ${seconds} s.`
      : `${String(tell.missed.length)} step(s) were off:`,
  )
  tell.missed.forEach((miss) => {
    tell.fact(miss)
  })
  if (options.once) {
    await world.stop()
    process.exitCode = tell.missed.length === 0 ? 0 : 1
    return
  }
  tellAddresses(world, options.directory)
  stopOnSignal(world)
}

function tellAddresses(world: World, directory: string): void {
  process.stdout.write(
    `\nThe network stays up until you press Ctrl-C. All addresses are in ${join(directory, 'network.json')}.\n`,
  )
  for (const { name, publicUrl, httpsUrl, internalUrl } of world.members) {
    process.stdout.write(`   ${name.padEnd(18)} public ${publicUrl} and ${httpsUrl}   internal ${internalUrl}\n`)
  }
  process.stdout.write(`For https, trust ${world.certificateAuthority}: curl --cacert, or NODE_EXTRA_CA_CERTS.\n`)
}

function stopOnSignal(world: World): void {
  const stop = (): void => {
    process.stdout.write('\nStopping.\n')
    world.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

interface Options {
  readonly story: Story
  readonly once: boolean
  readonly directory: string
}

function parseOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        story: { type: 'string', default: 'read' },
        once: { type: 'boolean', default: false },
        directory: { type: 'string', default: '.demo' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.help) return { ...values, story: findStory(values.story) }
    process.stdout.write(`${usage}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}\n`)
    process.exitCode = 64
  }
  return undefined
}

/** Its ports are fixed, so a second demonstration on one machine is the usual cause. */
function hintFor(error: unknown): string {
  const code = NodeError.codeOf(error)
  return code === 'config.invalid' || code === 'store.locked'
    ? 'Does another demonstration run on this machine? It has the ports 7100 to 7192: end it with Ctrl-C where it runs.\n'
    : ''
}

function describe(error: unknown): string {
  if (NodeError.is(error)) return [error.code, ...error.notes].join('\n  ')
  if (error instanceof RegistryError) return [error.message, ...error.reasons].join('\n  ')
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
