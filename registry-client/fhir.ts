import { z } from 'zod'
import { fhirMediaType, fhirResourceSchema } from '../schemas/wire/fhir.js'
import type { Caller, CallOptions, Operation, Outgoing } from './call.js'
import { RegistryError } from './error.js'
import { protocolFailure, type Received } from './failure.js'
import { parseAnswer } from './own-node.js'
import { createPages, type Pages } from './pages.js'
import { parseSource, type Source, type Sources } from './source.js'
import { addressBelow, checkPersonless } from './url.js'

/** A FHIR resource, as the source gave it: held against no profile. */
export interface FhirResource {
  readonly resourceType: string
  readonly id?: string | undefined
  readonly [member: string]: unknown
}

/** Parameters of a search. A list stands for the same parameter more than once: all must hold. */
export type FhirParameters = Readonly<Record<string, string | readonly string[]>>

/** One page of a searchset. */
export interface FhirPage {
  /** What the search asked for. */
  readonly items: readonly FhirResource[]
  /** What goes with it, by `_include`. */
  readonly included: readonly FhirResource[]
  /** What the source says about the search itself. */
  readonly outcomes: readonly FhirResource[]
  /** How many there are on all pages, where the source says so. */
  readonly total: number | undefined
}

/** Reads at FHIR sources. @see FHIR R4 RESTful API */
export interface Fhir {
  /** One resource by its logical id. @throws RegistryError `not_found` also for one that may not be read */
  read(
    source: Source,
    resource: { readonly type: string; readonly id: string },
    options?: CallOptions,
  ): Promise<FhirResource>
  /**
   * Searches, always by POST with the parameters in the body: they may be about a person, and addresses end up in logs.
   * Nothing is sent before the first item is asked for. Pages are read as they are needed.
   */
  search(
    source: Source,
    search: { readonly type: string; readonly parameters?: FhirParameters },
    options?: CallOptions,
  ): Pages<FhirPage>
}

const bundleSchema = z.looseObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  total: z.int().nonnegative().optional(),
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })).default([]),
  entry: z
    .array(
      z.looseObject({
        resource: fhirResourceSchema,
        search: z.looseObject({ mode: z.enum(['match', 'include', 'outcome']).optional() }).optional(),
      }),
    )
    .default([]),
})

/** Makes the verb `fhir` of a client. */
export function createFhir({ caller, sources }: { readonly caller: Caller; readonly sources: Sources }): Fhir {
  return {
    async read(source, { type, id }, options) {
      const base = parseSource(source)
      if (!/^[A-Za-z0-9.-]{1,64}$/.test(id)) throw invalid('The id is no logical id of FHIR.')
      const url = addressBelow(base, [checkType(type), id])
      const outgoing = { url, method: 'GET', headers: { accept: fhirMediaType } } as const
      const received = await sources.ask(caller.begin(options), source, outgoing)
      const resource = parseAnswer('source', fhirResourceSchema, received)
      if (resource.resourceType !== type) throw protocolFailure('source', received.status, 'another type of resource')
      return resource
    },
    search(source, { type, parameters = {} }, options = {}) {
      const base = parseSource(source)
      const first: Outgoing = {
        url: addressBelow(base, [checkType(type), '_search']),
        method: 'POST',
        headers: { accept: fhirMediaType, 'content-type': 'application/x-www-form-urlencoded' },
        body: toForm(parameters),
      }
      return createPages<FhirPage, PageRequest>({ outgoing: first, seen: [] }, async ({ outgoing, seen }) => {
        const operation: Operation = caller.begin(options)
        const received = await sources.ask(operation, source, outgoing)
        const bundle = parseAnswer('source', bundleSchema, received)
        const next = bundle.link.find(({ relation }) => relation === 'next')
        const entriesOf = (mode: string): readonly FhirResource[] =>
          bundle.entry.flatMap(({ resource, search }) => ((search?.mode ?? 'match') === mode ? [resource] : []))
        return {
          page: {
            items: entriesOf('match'),
            included: entriesOf('include'),
            outcomes: entriesOf('outcome'),
            total: bundle.total,
          },
          ...(next === undefined ? {} : { next: toNext(base, next.url, seen, received) }),
        }
      })
    },
  }
}

interface PageRequest {
  readonly outgoing: Outgoing
  /** Addresses of the pages so far. */
  readonly seen: readonly string[]
}

/** The next page, if it is of this source and was not read before: the token goes nowhere else. */
function toNext(base: URL, link: string, seen: readonly string[], { status }: Received): PageRequest {
  const root = base.href.replace(/\/*$/, '/')
  const url = URL.canParse(link, root) ? new URL(link, root) : undefined
  if (url?.origin !== base.origin || !`${url.pathname}/`.startsWith(new URL(root).pathname)) {
    throw protocolFailure('source', status, 'the next page is somewhere else')
  }
  if (seen.includes(url.href)) throw protocolFailure('source', status, 'its pages go in a circle')
  const outgoing: Outgoing = { url: checkPersonless(url), method: 'GET', headers: { accept: fhirMediaType } }
  return { outgoing, seen: [...seen, url.href] }
}

function toForm(parameters: FhirParameters): string {
  const form = new URLSearchParams()
  for (const [name, values] of Object.entries(parameters))
    for (const value of typeof values === 'string' ? [values] : values) form.append(name, value)
  return form.toString()
}

function checkType(type: string): string {
  if (!/^[A-Z][A-Za-z]{1,63}$/.test(type)) throw invalid('The type is no type of FHIR resource.')
  return type
}

function invalid(message: string): RegistryError {
  return new RegistryError('invalid_request', message, { from: 'client' })
}
