import { LRUCache } from 'lru-cache'
import { NodeError } from '../kernel/errors.js'
import type { CatalogueVersion } from './catalogue-records.js'
import { createParseDocument } from './parse-document.js'
import { writeTurtle } from './write-turtle.js'

/** A dataset or a service of a catalogue, as a document of its own. */
export interface CataloguePart {
  readonly jsonLd: string
  readonly turtle: string
}

/** The part of a version that `id` names; `undefined` when it has none. */
export type FindPart = (
  version: CatalogueVersion,
  kind: 'dataset' | 'service',
  id: string,
) => Promise<CataloguePart | undefined>

const mostKept = 500

/** Keeps what it made of the parts that were asked last. */
export function createFindPart(): FindPart {
  const parse = createParseDocument()
  const kept = new LRUCache<string, Promise<CataloguePart>>({ max: mostKept })

  async function makePart(part: object): Promise<CataloguePart> {
    const jsonLd = `${JSON.stringify(part, null, 2)}\n`
    return { jsonLd, turtle: await writeTurtle(await parse(jsonLd, 'application/ld+json')) }
  }

  return async (version, kind, id) => {
    const known = kind === 'dataset' ? version.catalogue.datasets : version.catalogue.services
    if (!known.some((part) => part.id === id)) return undefined
    const key = JSON.stringify([version.digest, id])
    const found = kept.get(key)
    if (found !== undefined) return found
    const document = parseOwn(version.jsonLd)
    const part = document[kind].find((candidate) => candidate.id === id)
    if (part === undefined) throw new NodeError('internal.fault', { detail: 'a catalogue without one of its parts' })
    const made = makePart({ '@context': document['@context'], ...part })
    kept.set(key, made)
    made.catch(() => kept.delete(key))
    return made
  }
}

interface OwnDocument {
  readonly '@context': string
  readonly dataset: readonly { readonly id: string }[]
  readonly service: readonly { readonly id: string }[]
}

/** What this node wrote itself. */
function parseOwn(jsonLd: string): OwnDocument {
  return JSON.parse(jsonLd) as OwnDocument
}
