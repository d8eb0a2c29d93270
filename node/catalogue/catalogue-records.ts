import type { Instant } from '../kernel/clock.js'
import type { Collection } from '../stores/contracts.js'
import type { SourceNumbers } from './build-document.js'
import type { Catalogue, CataloguePolicy } from './catalogue.js'
import type { PublishedFile } from './published-file.js'

/** What a source was when it was published last, so that it is seen what has changed since. */
export interface SourceHead extends SourceNumbers {
  /** Digests of what is said of it, of its offer with the rules behind it, and of its schema; without numbers and times. */
  readonly contents: string
  readonly policyContents: string
  readonly schemaContents: string
}

/** A version that can still be read. */
export interface KeptVersion {
  readonly version: string
  readonly digest: string
  readonly publishedAt: Instant
}

/** Where the catalogue of a party stands. It is kept for good, so that numbers are never given twice. */
export interface CatalogueHead {
  /** Only ever goes up. */
  readonly seq: number
  readonly version: string
  readonly digest: string
  /** Digest of all that it says, without numbers and times. */
  readonly contents: string
  /** RFC 3339: of the first version. */
  readonly issued: string
  readonly publishedAt: Instant
  /** By name; also those that are no longer in it. */
  readonly sources: Readonly<Record<string, SourceHead>>
  /** The versions that can still be read, the newest first. */
  readonly history: readonly KeptVersion[]
  /** Set when the party has no catalogue any more. */
  readonly withdrawn?: true
}

/** One version of a catalogue, in both forms and as plain data. */
export interface CatalogueVersion {
  readonly seq: number
  readonly version: string
  readonly digest: string
  readonly publishedAt: Instant
  readonly jsonLd: string
  readonly turtle: string
  readonly catalogue: Catalogue
}

/** An offer that was published under a number, with the rules that it points at. It never changes. */
export interface PublishedOffer {
  readonly policy: CataloguePolicy
  readonly jsonLd: string
  readonly turtle: string
  readonly rules: PublishedFile
}

/** By party. */
export const catalogueHeads: Collection<CatalogueHead> = { name: 'catalogue-heads' }
/** By party and version; gone `keepVersionMilliseconds` after they were replaced. */
export const catalogueVersions: Collection<CatalogueVersion> = { name: 'catalogue-versions' }
/** By party, source and number. */
export const catalogueOffers: Collection<PublishedOffer> = { name: 'catalogue-offers' }
/** By party, source and number. */
export const catalogueSchemas: Collection<PublishedFile> = { name: 'catalogue-schemas' }

/** Ninety days after it was replaced: three times what readers may count on. */
export const keepVersionMilliseconds = 90 * 86_400_000
