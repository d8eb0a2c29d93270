import type { Audit } from '../audit/audit.js'
import { containsBsnShaped } from '../kernel/identifiers.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { put, type Store } from '../stores/contracts.js'
import { retryConflict } from '../stores/retry-conflict.js'
import { buildDocument, type CatalogueContents, type CatalogueDocument } from './build-document.js'
import {
  catalogueHeads,
  catalogueOffers,
  catalogueSchemas,
  catalogueVersions,
  keepVersionMilliseconds,
  type CatalogueHead,
  type CatalogueVersion,
  type PublishedOffer,
} from './catalogue-records.js'
import { digestStatements } from './digest.js'
import { createParseDocument } from './parse-document.js'
import { planVersion, type VersionPlan } from './plan-version.js'
import { createCheckStatements } from './read-catalogue.js'
import { writeTurtle } from './write-turtle.js'

export interface PublishCatalogue {
  /**
   * Publishes what `contents` say, when that is not what is published already: the next version, its offers, its files and
   * the account of it in one batch. All replicas that share a store come to the same version.
   *
   * What is refused changes nothing: the version before stays what is published.
   * @throws `catalogue.refused` with a note for each thing that is wrong, `store.*`
   */
  publish(subject: string, contents: CatalogueContents): Promise<void>
  /** Ends the catalogue of a party that has one; what was published is forgotten in its time. @throws `store.*` */
  withdraw(subject: string): Promise<void>
}

export interface PublishDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly audit: Audit
  readonly clock: Clock
  /** When the store was last restored from a copy; 0 when it never was. */
  readonly restoredAt: Instant
  /** Whether addresses of this machine may do without TLS: for development. */
  readonly loopback: boolean
}

const mostNotes = 50

/** @see specs of DCAT-AP-NL 3 and the network profile, as far as `schemas/shapes/` has them */
export function createPublishCatalogue(deps: PublishDeps): PublishCatalogue {
  const { store, audit, clock, restoredAt } = deps
  const parse = createParseDocument()
  const check = createCheckStatements(deps)

  /** Both forms of a document, or of a part of one. */
  async function writeForms(document: object): Promise<PublishedForms> {
    const jsonLd = `${JSON.stringify(document, null, 2)}\n`
    const statements = await parse(jsonLd, 'application/ld+json')
    return { jsonLd, statements, turtle: await writeTurtle(statements) }
  }

  async function makeVersion(document: CatalogueDocument, { head }: VersionPlan): Promise<CatalogueVersion> {
    const { jsonLd, statements, turtle } = await writeForms(document)
    const checked = await check(statements)
    if (!checked.conforms) throw new NodeError('catalogue.refused', { notes: checked.violations })
    const { digest, catalogue } = checked
    // Who reads the one form must believe the other.
    if ((await digestStatements(await parse(turtle, 'text/turtle'))) !== digest) {
      throw new NodeError('internal.fault', { detail: 'the two forms of a catalogue differ' })
    }
    const { seq, version, publishedAt } = head
    return { seq, version, digest, publishedAt, jsonLd, turtle, catalogue }
  }

  async function makeOffer(
    document: CatalogueDocument,
    contents: CatalogueContents,
    { catalogue }: CatalogueVersion,
    key: string,
  ): Promise<PublishedOffer> {
    const index = contents.sources.findIndex((source) => source.key === key)
    const [offer, source] = [document.dataset[index]?.hasPolicy[0], contents.sources[index]]
    if (offer === undefined || source === undefined) throw new NodeError('internal.fault', { detail: 'no such source' })
    const { jsonLd, turtle } = await writeForms({ '@context': document['@context'], ...offer })
    const policy = catalogue.datasets.flatMap(({ policies }) => policies).find(({ id }) => id === offer.id)
    if (policy === undefined) throw new NodeError('internal.fault', { detail: 'a catalogue without one of its offers' })
    return { policy, jsonLd, turtle, rules: source.rules }
  }

  async function writeVersion(subject: string, contents: CatalogueContents): Promise<void> {
    const stored = await store.records.get(catalogueHeads, [subject])
    const plan = planVersion({ head: stored?.value, contents, now: clock.now(), restoredAt })
    if (plan === undefined) return
    const document = buildDocument(contents, plan.numbers)
    const made = await makeVersion(document, plan)
    const offers = await Promise.all(
      plan.newPolicies.map(async (key) => {
        const name = [subject, key, String(plan.numbers.sources[key]?.policy)]
        return put(catalogueOffers, name, await makeOffer(document, contents, made, key))
      }),
    )
    const schemas = contents.sources
      .filter(({ key }) => plan.newSchemas.includes(key))
      .map(({ key, schema }) =>
        put(catalogueSchemas, [subject, key, String(plan.numbers.sources[key]?.schema)], schema),
      )
    await store.write([
      put(catalogueHeads, [subject], headOf(plan, made, stored?.value), { expected: stored?.version ?? 'absent' }),
      put(catalogueVersions, [subject, made.version], made),
      ...offers,
      ...schemas,
      ...(await forgetLater(subject, stored?.value)),
      audit.operation({
        code: 'catalogue.published',
        action: stored === undefined || stored.value.withdrawn === true ? 'create' : 'update',
        outcome: 'success',
        party: subject,
        actor: { did: contents.did },
        reasons: [`version ${made.version}`, made.digest],
      }),
    ])
  }

  /** What was published until now is kept for those who still ask for it, and then forgotten. */
  async function forgetLater(subject: string, head: CatalogueHead | undefined) {
    if (head === undefined || head.withdrawn === true) return []
    const key = [subject, head.version]
    const before = await store.records.get(catalogueVersions, key)
    if (before === undefined) return []
    return [put(catalogueVersions, key, before.value, { expiresAt: clock.now() + keepVersionMilliseconds })]
  }

  return {
    async publish(subject, contents) {
      const faults = findFaults(contents)
      try {
        if (faults.length > 0) throw new NodeError('catalogue.refused', { notes: faults })
        await retryConflict(() => writeVersion(subject, contents))
      } catch (cause) {
        const refusal = asRefusal(cause)
        if (refusal === undefined) throw cause
        const notes = refusal.notes.map((note) => `catalogue of ${subject}: ${note}`).slice(0, mostNotes)
        await audit.record({
          code: 'catalogue.published',
          action: 'update',
          outcome: 'refused',
          party: subject,
          error: 'catalogue.refused',
          reasons: notes,
        })
        throw new NodeError('catalogue.refused', { cause, notes })
      }
    },
    withdraw: (subject) =>
      retryConflict(async () => {
        const stored = await store.records.get(catalogueHeads, [subject])
        if (stored === undefined || stored.value.withdrawn === true) return
        await store.write([
          put(catalogueHeads, [subject], { ...stored.value, withdrawn: true }, { expected: stored.version }),
          ...(await forgetLater(subject, stored.value)),
          audit.operation({ code: 'catalogue.published', action: 'delete', outcome: 'success', party: subject }),
        ])
      }),
  }
}

const mostKept = 500

function headOf(plan: VersionPlan, made: CatalogueVersion, before: CatalogueHead | undefined): CatalogueHead {
  const { version, digest, publishedAt } = made
  // When a version was replaced is when the one after it was published.
  const kept = (before?.history ?? []).filter((_, index, all) => {
    const replacedAt = all[index - 1]?.publishedAt ?? publishedAt
    return replacedAt + keepVersionMilliseconds > publishedAt
  })
  return { ...plan.head, digest, history: [{ version, digest, publishedAt }, ...kept].slice(0, mostKept) }
}

interface PublishedForms extends Pick<CatalogueVersion, 'jsonLd' | 'turtle'> {
  readonly statements: Awaited<ReturnType<ReturnType<typeof createParseDocument>>>
}

/** What no shape says, because it is not in the document itself. */
function findFaults({ sources }: CatalogueContents): readonly string[] {
  if (sources.length === 0)
    return [
      'there is nothing to publish: no source of the party has a pack with a catalogue block, and it keeps no list',
    ]
  return sources.flatMap(({ key, about, purposes, rules, schema }) => {
    const codes = purposes.map(({ code }) => code)
    const named = Object.keys(about.purposes)
    return [
      ...codes
        .filter((code) => !named.includes(code))
        .map((code) => `source ${key}: the pack gives purpose ${code} no name`),
      ...named
        .filter((code) => !codes.includes(code))
        .map((code) => `source ${key}: no rule of the pack has purpose ${code}`),
      ...[rules, schema]
        .filter(({ text }) => containsBsnShaped(text))
        .map(() => `source ${key}: a number that could be a BSN in its rules or its schema, which are published`),
    ]
  })
}

/** What is wrong with the contents; `undefined` for what is wrong with the node. */
function asRefusal(cause: unknown): NodeError | undefined {
  if (!NodeError.is(cause)) return undefined
  return ['catalogue.refused', 'catalogue.malformed', 'catalogue.too_large'].includes(cause.code) ? cause : undefined
}
