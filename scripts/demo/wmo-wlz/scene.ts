import type { MovableClock } from '../../../node/kernel/clock.js'
import type { Narrator } from '../narrator.js'
import type { Member, World } from '../world.js'
import type { Case, Change } from './case.js'
import type { WatchedInbox } from './inbox.js'

/** What the story is played on. */
export interface Stage {
  readonly world: World
  readonly tell: Narrator
  /** The clock of all nodes: moved once, to wait ten minutes in no time. */
  readonly clock: MovableClock
}

/** The stage with the case that is played, and what everybody receives meanwhile. */
export interface Scene extends Stage {
  readonly case: Case
  readonly inboxes: ReadonlyMap<string, WatchedInbox>
}

/** Tells what each participant knows. */
export function tellKnowledge({ world, tell }: Scene, when: string, known: Readonly<Record<string, string>>): void {
  tell.fact(`${when}:`)
  for (const [name, what] of Object.entries(known))
    tell.fact(`  ${world.member(name).organization.name.padEnd(28)} knows ${what}`)
}

/** @throws Error for a member whose inbox nobody watches */
export function inboxOf({ inboxes }: Scene, name: string): WatchedInbox {
  const inbox = inboxes.get(name)
  if (inbox === undefined) throw new Error(`nobody watches the inbox of ${name}`)
  return inbox
}

/** Writes to a register of a member, all or nothing, as its own application does. */
export async function write(member: Member, source: string, changes: readonly Change[]): Promise<void> {
  const path = `/internal/bronnet/v1/registers/${member.name}/${source}/changes`
  await member.administrator.call('POST', path, { by: 'demo', changes })
}

/** Looks until there is something, for forty seconds at most. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + 40_000
  for (;;) {
    const found = await look()
    if (found !== undefined || performance.now() > deadline) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Does the work and says how long it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly milliseconds: number }> {
  const start = performance.now()
  return { value: await work(), milliseconds: performance.now() - start }
}
