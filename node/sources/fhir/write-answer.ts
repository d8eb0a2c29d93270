import type { FoundResource } from './ask-fhir.js'
import { writeResource } from './decimals.js'
import { narrowResource, type Leaving } from './narrow-resource.js'
import type { CheckedBundle, CheckedEntry } from './read-bundle.js'
import type { FhirPlan } from './read-call.js'
import { pairsOf } from './read-search.js'
import { isObject } from './references.js'
import type { RecordVersion } from '../data-source.js'
import { containsPersonNumber } from '../../kernel/identifiers.js'

/** Stands for addresses of the organisation's own network that are none of a resource. */
const withheld = 'https://withheld.invalid'

/**
 * The text of what leaves, without any address of the server: those of resources become addresses of the source, and what
 * else begins with its origin becomes one that leads nowhere.
 */
export function writeOut(value: unknown, server: string, own: string): string {
  const text = writeResource(value).replaceAll(server, own)
  const { origin } = new URL(server)
  return own.startsWith(origin) ? text : text.replaceAll(origin, withheld)
}

/** What may leave of a match, and of what accompanies one. */
export type LeavingByMode = Readonly<Record<CheckedEntry['mode'], Leaving>>

/** A searchset as it leaves: entries with what may leave of them, and links of this source. */
export function buildBundle(
  { entries, total }: CheckedBundle,
  plan: FhirPlan,
  leaving: LeavingByMode,
  next: string | undefined,
): Readonly<Record<string, unknown>> {
  const { base } = plan.call
  const link = [
    { relation: 'self', url: selfOf(plan) },
    ...(next === undefined ? [] : [{ relation: 'next', url: `${base}?_page=${next}` }]),
  ]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(total === undefined ? {} : { total }),
    link,
    ...(entries.length === 0
      ? {}
      : {
          entry: entries.map(({ resource, mode }) => ({
            fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
            resource: narrowResource(resource, leaving[mode]),
            search: { mode },
          })),
        }),
  }
}

/** The search as it was understood, without who it is about. @see FHIR R4 search.html: the self link */
function selfOf({ call, search, template }: FhirPlan): string {
  const asked = pairsOf(search).filter((pair) => !pair.some(containsPersonNumber))
  const query = new URLSearchParams(asked.map(([name, value]): [string, string] => [name, value]))
  return `${call.base}/${template.type}?${query.toString()}`
}

/** What a record says of its version, in forms that a header can hold. */
export function versionOf({ resource, etag, lastModified }: FoundResource): RecordVersion {
  const meta = isObject(resource['meta']) ? resource['meta'] : {}
  const { versionId, lastUpdated } = meta
  const tag = typeof versionId === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(versionId) ? `W/"${versionId}"` : etag
  const time = Date.parse(typeof lastUpdated === 'string' ? lastUpdated : (lastModified ?? ''))
  return {
    ...(tag !== undefined && /^(W\/)?"[\x21\x23-\x7e]{1,64}"$/.test(tag) ? { etag: tag } : {}),
    ...(Number.isNaN(time) ? {} : { lastModified: new Date(time).toUTCString() }),
  }
}
