import type { MovableClock } from '../../node/kernel/clock.js'
import type { Examples } from './examples.js'
import type { Narrator } from './narrator.js'
import { playStory } from './story.js'
import { playWmoWlz } from './wmo-wlz/story.js'
import type { World } from './world.js'

/** Something that happens between the participants, and is checked while it is told. */
export interface Story {
  readonly name: string
  readonly title: string
  readonly play: (stage: {
    readonly world: World
    readonly tell: Narrator
    readonly examples: Examples
    readonly clock: MovableClock
  }) => Promise<void>
}

/** What the demo can play; the first one when nobody says which. */
export const stories: readonly [Story, ...Story[]] = [
  { name: 'read', title: 'a zorgkantoor reads a Wlz-indicatie where it was registered, at CIZ', play: playStory },
  { name: 'wmo-wlz', title: 'a client of a gemeente gets long-term care: from Wmo to Wlz', play: playWmoWlz },
]

/** @throws Error for a name that no story has */
export function findStory(name: string): Story {
  const story = stories.find((candidate) => candidate.name === name)
  if (story === undefined)
    throw new Error(`There is no story ${name}; give one of ${stories.map((each) => each.name).join(', ')}.`)
  return story
}
