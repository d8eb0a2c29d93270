import { createHash } from 'node:crypto'
import { epochSeconds, toRfc3339, type Instant } from '../kernel/clock.js'
import { buildDocument, type CatalogueContents, type CatalogueNumbers } from './build-document.js'
import type { CatalogueHead, SourceHead } from './catalogue-records.js'

/** What the next version of a catalogue is. */
export interface VersionPlan {
  readonly head: Omit<CatalogueHead, 'digest' | 'history'>
  readonly numbers: CatalogueNumbers
  /** Names of the sources whose offer, or whose schema, is published under a number that is new. */
  readonly newPolicies: readonly string[]
  readonly newSchemas: readonly string[]
}

/** Nothing depends on these: what a catalogue says is compared without numbers and times. */
const neutral = { issued: '', modified: '', version: '' }
const neutralSource = { issued: '', modified: '', policy: 0, schema: 0 }

/**
 * The version that follows `head` when `contents` differ from what it was made of; `undefined` when they do not.
 *
 * The sequence is the time in seconds, or one more than the last when that is not more: so it goes up also when the store
 * was restored from an older copy, and after `restoredAt` a new version is due whatever it says, because others may have
 * seen a later one. The version is the same number for people: the day, and the second of it.
 */
export function planVersion(options: {
  readonly head: CatalogueHead | undefined
  readonly contents: CatalogueContents
  readonly now: Instant
  readonly restoredAt: Instant
}): VersionPlan | undefined {
  const { head, contents, now, restoredAt } = options
  const { sources } = contents
  const document = buildDocument(contents, {
    ...neutral,
    sources: Object.fromEntries(sources.map(({ key }) => [key, neutralSource])),
  })
  const all = digestOf(document)
  const isRestored = head !== undefined && head.publishedAt < restoredAt
  if (head?.contents === all && head.withdrawn === undefined && !isRestored) return undefined

  const seq = Math.max((head?.seq ?? 0) + 1, epochSeconds(now))
  const modified = toRfc3339(seq * 1000)
  const issued = head?.issued ?? modified
  const heads = sources.map((source, index): readonly [string, SourceHead] => {
    const [dataset, service] = [document.dataset[index], document.service[index]]
    const found = {
      contents: digestOf([dataset, service]),
      policyContents: digestOf([dataset?.hasPolicy, source.rules.mediaType]),
      schemaContents: digestOf([source.schema]),
    }
    const before = head?.sources[source.key]
    return [
      source.key,
      {
        ...found,
        issued: before?.issued ?? modified,
        modified: before?.contents === found.contents ? before.modified : modified,
        policy: next(before?.policy, before?.policyContents === found.policyContents),
        schema: next(before?.schema, before?.schemaContents === found.schemaContents),
      },
    ]
  })
  const isNew = (number: 'policy' | 'schema') =>
    heads.filter(([key, made]) => head?.sources[key]?.[number] !== made[number]).map(([key]) => key)
  const numbers = { issued, modified, version: versionOf(seq), sources: Object.fromEntries(heads) }
  return {
    head: {
      seq,
      version: numbers.version,
      contents: all,
      issued,
      publishedAt: now,
      sources: { ...head?.sources, ...numbers.sources },
    },
    numbers,
    newPolicies: isNew('policy'),
    newSchemas: isNew('schema'),
  }
}

function next(before: number | undefined, isSame: boolean): number {
  if (before === undefined) return 1
  return isSame ? before : before + 1
}

function versionOf(seq: number): string {
  const day = new Date(seq * 1000).toISOString().slice(0, 10)
  return `${day}.${String(seq % 86_400)}`
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url')
}
