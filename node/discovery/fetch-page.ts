import { NodeError } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Outbound } from '../kernel/outbound.js'
import { startTrace } from '../kernel/trace.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { ListServer } from '../catalogue/list-server.js'
import { discoveryPageSchema } from '../../schemas/wire/discovery.js'
import type { ListedEntry } from './examine.js'

/** What a server may send at once; one that does not page sends its whole list. */
const maxPageBytes = 5 * 1024 * 1024
const maxEntries = 100_000
/** Servers that know it send at most so many, and say whether there are more; others ignore it. */
const askedEntries = 500

/** Where to go on in a list. */
export interface PagePosition {
  readonly timestamp: number
  /** The `ETag` of the page that was there the last time. */
  readonly etag?: string | undefined
}

/** A page of a list: parsed, nothing in it verified. */
export interface ListPage {
  readonly seed: string
  /** Through which number the list was read with this page. */
  readonly timestamp: number
  /** With a number above the one that was asked for, ascending. */
  readonly entries: readonly ListedEntry[]
  readonly isLast: boolean
  readonly etag: string | undefined
}

/**
 * Gets the entries of a list after a number; `unchanged` when the page is the one of the `ETag`. Lists that this node
 * hosts are read without a call out.
 *
 * Entries can be anything and of any length: only a page that cannot be read at all, or goes back to a lower number, is a
 * fault.
 * @throws `outbound.*`, `json.*`, `discovery.*`
 * @see Nuts RFC022 section 3.3
 */
export type FetchPage = (definition: DiscoveryDefinition, position: PagePosition) => Promise<ListPage | 'unchanged'>

export interface FetchPageDeps {
  readonly outbound: Pick<Outbound, 'request'>
  readonly hosted: { readonly services: readonly string[]; readonly page: ListServer['page'] }
}

export function createFetchPage({ outbound, hosted }: FetchPageDeps): FetchPage {
  async function download(
    { endpoint }: DiscoveryDefinition,
    { timestamp, etag }: PagePosition,
  ): Promise<{ readonly text: string; readonly etag: string | undefined } | 'unchanged'> {
    const url = new URL(endpoint)
    url.searchParams.set('timestamp', String(timestamp))
    url.searchParams.set('limit', String(askedEntries))
    const response = await outbound.request({
      method: 'GET',
      url: url.href,
      accept: 'application/json',
      ...(etag === undefined ? {} : { headers: { 'if-none-match': etag } }),
      maxResponseBytes: maxPageBytes,
      trace: startTrace(),
    })
    if (response.status === 304 && etag !== undefined) return 'unchanged'
    if (response.status !== 200) throw badAnswer(`status ${String(response.status)}`)
    return { text: decodeUtf8(response.body), etag: usableEtag(response.headers.get('etag')) }
  }

  return async (definition, position) => {
    const { timestamp: after } = position
    const found = hosted.services.includes(definition.id)
      ? { text: (await hosted.page(definition.id, { after, limit: askedEntries })).body.toString(), etag: undefined }
      : await download(definition, position)
    if (found === 'unchanged') return 'unchanged'
    // As long as the page itself: one entry that is too long is not the fault of the others.
    const json = parseGuardedJson(found.text, { members: maxEntries, stringBytes: maxPageBytes })
    const parsed = discoveryPageSchema.safeParse(json)
    if (!parsed.success) throw badAnswer('not a page of a discovery list')
    const page = parsed.data
    const entries = Object.entries(page.entries)
      .map(([number, presentation]) => ({ timestamp: Number(number), presentation }))
      .filter(({ timestamp }) => timestamp > after)
      .sort((a, b) => a.timestamp - b.timestamp)
    return {
      seed: page.seed,
      // A server may read its own number a moment before its entries.
      timestamp: Math.max(page.timestamp, entries.at(-1)?.timestamp ?? 0),
      entries,
      isLast: entries.length === 0 || page.more === false,
      etag: found.etag,
    }
  }
}

/** One that can be sent back. @see RFC 9110 section 8.8.3 */
function usableEtag(etag: string | undefined): string | undefined {
  return etag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{1,256}"$/.test(etag) ? etag : undefined
}

/** A server that answers, but not as it should. */
export function badAnswer(detail: string): NodeError {
  return new NodeError('outbound.bad_answer', { detail })
}
