import { createDidX509 } from '../../node/identity/did-x509.js'
import type { ResolvedDid } from '../../node/identity/did-document.js'
import { createDidResolver, type DidResolver } from '../../node/identity/resolve-did.js'
import { createRevocations } from '../../node/identity/x509-revocation.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { NodeError } from '../../node/kernel/errors.js'
import type { OutboundAnswer } from '../../node/kernel/outbound.js'
import { rejectionOf } from './refusals.js'
import { fingerprintOf, makeChain } from './x509-chain.js'

const start = Date.parse('2026-11-24T09:00:00Z')

export type TestChain = ReturnType<typeof makeChain>

/** A chain with which nothing is wrong. */
export const goodChain = makeChain()
/** What its leaf says by another name, as a did:x509 writes it. */
export const ura = 'san:otherName:2.16.528.1.1007.99.2110-1-900030787-S-90000380-00.000-11223344'

/** The did:x509 below the authority of a chain. */
export function didX509Of(
  policies: string,
  { authority }: Pick<TestChain, 'authority'> = goodChain,
  algorithm = 'sha256',
): string {
  return `did:x509:0:${algorithm}:${fingerprintOf(authority, algorithm)}::${policies}`
}

/** A resolver of did:x509 and where its revocation lists come from. */
export interface X509World {
  readonly clock: MovableClock
  /** By their address; those that are not there cannot be had. */
  readonly lists: Map<string, Buffer>
  /** The addresses that were asked. */
  readonly asked: readonly string[]
  readonly resolver: DidResolver
  resolve(did: string, chain: readonly string[] | undefined): Promise<ResolvedDid>
}

export function createX509World(options: { readonly mustKnow?: boolean; readonly status?: number } = {}): X509World {
  const clock = createFixedClock(start)
  const lists = new Map<string, Buffer>()
  const asked: string[] = []
  const request = async ({ url }: { readonly url: string }): Promise<OutboundAnswer> => {
    asked.push(url)
    const body = lists.get(url)
    if (body === undefined) throw new NodeError('outbound.failed')
    const headers = { get: () => undefined }
    return { status: options.status ?? 200, headers, mediaType: 'application/pkix-crl', body }
  }
  const revocations = createRevocations({ outbound: { request }, clock, mustKnow: options.mustKnow ?? true })
  const resolver = createDidResolver({
    clock,
    methods: {},
    chainedMethods: { x509: createDidX509({ clock, revocations }) },
    own: async () => undefined,
  })
  return { clock, lists, asked, resolver, resolve: (did, chain) => resolver.resolve(did, { chain }) }
}

/** The code with which it is refused. */
export async function codeOfRefusal(promise: Promise<unknown>): Promise<string> {
  return (await rejectionOf(promise)).code
}
