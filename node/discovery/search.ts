import { toRfc3339, type Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { Listing } from './listing.js'
import type { Replica } from './replica.js'
import type { Sync } from './sync.js'

/** What a search finds, and how fresh it is: a silent list is visible and never looks like an empty one. */
export interface SearchAnswer {
  readonly service: string
  /** RFC 3339; `undefined` when the list has not been read yet. */
  readonly asOf: string | undefined
  /** True when the last look at the list failed, or there was none. */
  readonly stale: boolean
  readonly fault: string | undefined
  readonly listings: readonly Listing[]
}

/**
 * Searches the local, verified copy of one list; makes no call out.
 *
 * Conditions are paths of string properties with a text that may begin or end with `*`; all must hold on one credential.
 * @throws `discovery.service_unknown`, `request.bad_parameters` for a key that is not a path below `credentialSubject`
 * @see nuts-node v6 discovery client API
 */
export type Search = (service: string, conditions: Readonly<Record<string, string>>) => Promise<SearchAnswer>

export function createSearch(deps: {
  readonly clock: Clock
  readonly replica: Replica
  readonly sync: Sync
  readonly definitions: readonly DiscoveryDefinition[]
}): Search {
  return async (service, conditions) => {
    if (!deps.definitions.some(({ id }) => id === service)) throw new NodeError('discovery.service_unknown')
    const tests = Object.entries(conditions).map(([path, pattern]) => compileCondition(path, pattern))
    const { asOf, fault } = await deps.sync.status(service)
    const now = deps.clock.now()
    const listings = (await deps.replica.listings(service)).filter(
      ({ expiresAt, subjects }) => expiresAt > now && subjects.some((subject) => tests.every((test) => test(subject))),
    )
    return {
      service,
      asOf: asOf === undefined ? undefined : toRfc3339(asOf),
      stale: asOf === undefined || fault !== undefined,
      fault,
      listings,
    }
  }
}

const prefix = 'credentialSubject.'
const maxPatternLength = 256

function compileCondition(path: string, pattern: string): (subject: Readonly<Record<string, unknown>>) => boolean {
  const members = path.slice(prefix.length).split('.')
  if (!path.startsWith(prefix) || members.length > 8 || members.includes('') || pattern.length > maxPatternLength) {
    throw new NodeError('request.bad_parameters', {
      notes: ['search keys are paths such as credentialSubject.organization.name'],
    })
  }
  const matches = compileWildcard(pattern)
  return (subject) => {
    let value: unknown = subject
    for (const member of members) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return false
      value = (value as Record<string, unknown>)[member] // An own member of an object.
    }
    return typeof value === 'string' && matches(value)
  }
}

/** Case does not matter, as in nuts-node v6; `*` stands for anything at the beginning and at the end only. */
function compileWildcard(pattern: string): (value: string) => boolean {
  const lower = pattern.toLowerCase()
  const open = { start: lower.startsWith('*'), end: lower.length > 1 && lower.endsWith('*') }
  const core = lower.slice(open.start ? 1 : 0, open.end ? -1 : undefined)
  if (core.includes('*'))
    throw new NodeError('request.bad_parameters', { notes: ['* may only begin or end a search text'] })
  return (value) => {
    const text = value.toLowerCase()
    if (open.start && open.end) return text.includes(core)
    if (open.start) return text.endsWith(core)
    return open.end ? text.startsWith(core) : text === core
  }
}
