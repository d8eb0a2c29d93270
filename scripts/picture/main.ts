import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { loadExamples } from '../demo/examples.js'
import { createNarrator } from '../demo/narrator.js'
import { participants } from '../demo/participants.js'
import { playStory } from '../demo/story.js'
import { startWorld } from '../demo/world.js'
import { drawNetwork } from './draw-network.js'
import { readNetworkFacts } from './network-facts.js'

await main()

/** Draws the picture of the README: starts the demo network, lets it play its story, and asks it what happened. */
async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-picture-'))
  const world = await startWorld({ directory, participants, logs: 'none' })
  try {
    const tell = createNarrator({ write: () => undefined })
    await playStory({ world, tell, examples: loadExamples(), clock: systemClock })
    if (tell.missed.length > 0) throw new Error(`the story did not go as it should: ${tell.missed.join('; ')}`)
    const facts = await readNetworkFacts(world)
    if (process.argv.includes('--facts')) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`)
    await writeFile(packageFile('docs', 'network.svg'), drawNetwork(facts))
  } finally {
    await world.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
