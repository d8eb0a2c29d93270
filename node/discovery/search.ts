import { toRfc3339, type Clock } from '../kernel/clock.js'
import { badParameters, NodeError } from '../kernel/errors.js'
import { containsBsnShaped } from '../kernel/identifiers.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { Freshness } from './freshness.js'
import type { ListedCredential, Listing } from './listing.js'
import type { Replica } from './replica.js'
import type { Sync } from './sync.js'

/** What a search finds, and how fresh it is: a silent list is visible and never looks like an empty one. */
export interface SearchAnswer {
  readonly service: string
  /** RFC 3339; `undefined` when the list has not been read yet. */
  readonly asOf: string | undefined
  readonly freshness: Freshness
  /** True when the list was not read to its end for a day, or never: no endpoint that is new to the caller is to be trusted. */
  readonly stale: boolean
  /** The code of the fault with which the last look at the list ended, if it did. */
  readonly fault: string | undefined
  readonly listings: readonly Listing[]
}

/**
 * Searches the local, verified copy of one list; makes no call out.
 *
 * Conditions are paths of string properties with a text that may begin or end with `*`; all must hold on one credential.
 * Paths lead below `credentialSubject`, or are `id`, `issuer` or `type` of the credential.
 * @throws `discovery.service_unknown`, `request.bad_parameters` for another path, a `*` elsewhere, a condition that could
 *   be a person's number, or when more than 10 000 listings fit
 * @see nuts-node v6 discovery client API
 */
export type Search = (service: string, conditions: Readonly<Record<string, string>>) => Promise<SearchAnswer>

/** An application that wants them all asks for less at a time. */
const maxFound = 10_000

export function createSearch(deps: {
  readonly clock: Clock
  readonly replica: Pick<Replica, 'listings' | 'listing'>
  readonly sync: Pick<Sync, 'status'>
  readonly definitions: readonly DiscoveryDefinition[]
}): Search {
  const { replica, sync, definitions } = deps

  /** Who could fit: one party when it is named, and otherwise everybody. */
  async function* candidates(service: string, named: string | undefined): AsyncIterable<Listing> {
    if (named === undefined || named.includes('*')) yield* replica.listings(service)
    else {
      const found = await replica.listing(service, named)
      if (found !== undefined) yield found
    }
  }

  return async (service, conditions) => {
    if (!definitions.some(({ id }) => id === service)) throw new NodeError('discovery.service_unknown')
    const tests = Object.entries(conditions).map(([path, pattern]) => compileCondition(path, pattern))
    const { asOf, freshness, fault } = await sync.status(service)
    const listings: Listing[] = []
    for await (const listing of candidates(service, conditions[signerPath])) {
      if (!listing.credentials.some((credential) => tests.every((test) => test(credential)))) continue
      if (listings.length === maxFound) throw badParameters('more than 10000 listings fit: add a condition')
      listings.push(listing)
    }
    return {
      service,
      asOf: asOf === undefined ? undefined : toRfc3339(asOf),
      freshness,
      stale: freshness === 'stale',
      fault,
      listings,
    }
  }
}

const prefix = 'credentialSubject.'
/** Every credential of a listing is about its signer; a DID is found as it is written. */
const signerPath = `${prefix}id`
const maxPatternLength = 256
const maxDepth = 8

type Test = (credential: ListedCredential) => boolean

function compileCondition(path: string, pattern: string): Test {
  if (holdsPersonNumber(path) || holdsPersonNumber(pattern)) {
    throw badParameters('nine digits that could be a BSN are not searched for: discovery knows no persons')
  }
  if (pattern.length > maxPatternLength) throw badParameters('a search text has at most 256 characters')
  const read = compilePath(path)
  const matches = wildcard(pattern)
  return (credential) => {
    const value = read(credential)
    return typeof value === 'string' && matches(value)
  }
}

function compilePath(path: string): (credential: ListedCredential) => unknown {
  switch (path) {
    case 'id':
      return ({ id }) => id
    case 'issuer':
      return ({ issuer }) => issuer
    case 'type':
      return ({ type }) => type
  }
  const members = path.slice(prefix.length).split('.')
  if (!path.startsWith(prefix) || members.length > maxDepth || members.includes('')) {
    throw badParameters('search keys are id, issuer, type, and paths such as credentialSubject.organization.name')
  }
  return ({ subject }) => {
    let value: unknown = subject
    for (const member of members) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined
      value = (value as Record<string, unknown>)[member] // An own member of an object.
    }
    return value
  }
}

/** Case does not matter, as in nuts-node v6; `*` stands for anything at the beginning and at the end only. */
function wildcard(pattern: string): (value: string) => boolean {
  const lower = pattern.toLowerCase()
  const open = { start: lower.startsWith('*'), end: lower.length > 1 && lower.endsWith('*') }
  const core = lower.slice(open.start ? 1 : 0, open.end ? -1 : undefined)
  if (core.includes('*')) throw badParameters('* may only begin or end a search text')
  return (value) => {
    const text = value.toLowerCase()
    if (open.start && open.end) return text.includes(core)
    if (open.start) return text.endsWith(core)
    return open.end ? text.startsWith(core) : text === core
  }
}

/** Also with what people write between the digits. A KvK number has eight of them, an OIN twenty. */
function holdsPersonNumber(text: string): boolean {
  return containsBsnShaped(text) || containsBsnShaped(text.replace(/(?<=\d)[\s.·-](?=\d)/g, ''))
}
