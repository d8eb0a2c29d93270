import { AsnConvert } from '@peculiar/asn1-schema'
import { CertificateList, IssuingDistributionPoint } from '@peculiar/asn1-x509'
import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { CheckedChain } from './x509-chain.js'
import { addressesOf, serialText, type ParsedCertificate } from './x509-certificate.js'
import { findSignatureWay, isSignedWith } from './x509-signature.js'

/** Looks whether a certificate of a chain was revoked. */
export interface Revocations {
  /**
   * Looks in the revocation lists that the certificates name, the root's own left out. A certificate that names none is
   * taken as it is.
   * @throws `identity.chain_revoked`; `identity.chain_unchecked` when a list cannot be had and `mustKnow` holds
   */
  check(chain: CheckedChain): Promise<void>
}

interface RevocationList {
  readonly serials: ReadonlySet<string>
  readonly thisUpdate: Instant
  readonly nextUpdate: Instant
  /** True for a certificate that would be in the list if it were revoked. */
  readonly covers: (certificate: ParsedCertificate) => boolean
}

interface Kept {
  readonly list?: RevocationList
  readonly askAgainAt: Instant
}

const maxLists = 200
const maxListBytes = 8 * 1024 * 1024
const keepMilliseconds = 60 * 60_000
const retryMilliseconds = 60_000
/** How long after its end a list counts when no newer one can be had. */
const graceMilliseconds = 4 * 60 * 60_000

const issuingDistributionPoint = '2.5.29.28'

/**
 * Downloads lists when they are needed and keeps them for an hour, for as long as they count. Of many questions for one
 * list at the same moment one goes out. With `mustKnow` a certificate whose list cannot be had is refused.
 * @see RFC 5280 section 6.3
 */
export function createRevocations(deps: {
  readonly outbound: Pick<Outbound, 'request'>
  readonly clock: Clock
  readonly mustKnow: boolean
}): Revocations {
  const cache = new LRUCache<string, Kept>({ max: maxLists })
  const underway = new Map<string, Promise<Kept>>()

  async function download(
    url: string,
    issuer: ParsedCertificate,
    earlier: RevocationList | undefined,
  ): Promise<RevocationList> {
    const { status, body } = await deps.outbound.request({ method: 'GET', url, maxResponseBytes: maxListBytes })
    if (status !== 200) throw new NodeError('identity.chain_unchecked', { detail: `status ${String(status)}` })
    const list = parseList(body, issuer, deps.clock.now())
    // Somebody on the way can give an old list again, in which a certificate is not revoked yet.
    if (earlier !== undefined && list.thisUpdate < earlier.thisUpdate) throw bad('older than one that was seen')
    return list
  }

  async function refresh(key: string, url: string, issuer: ParsedCertificate): Promise<Kept> {
    const earlier = cache.get(key)?.list
    // Continues on purpose: without a newer list the earlier one counts for a while.
    const newer = await download(url, issuer, earlier).catch(() => undefined)
    const now = deps.clock.now()
    const askAgainAt =
      newer === undefined ? now + retryMilliseconds : Math.min(now + keepMilliseconds, newer.nextUpdate)
    const list = newer ?? earlier
    const kept: Kept = { ...(list === undefined ? {} : { list }), askAgainAt }
    cache.set(key, kept)
    return kept
  }

  async function listAt(url: string, issuer: ParsedCertificate): Promise<RevocationList | undefined> {
    // Under its issuer too: somebody else's certificate can name the same address.
    const key = `${issuer.x509.fingerprint256} ${url}`
    const kept = cache.get(key)
    if (kept !== undefined && deps.clock.now() < kept.askAgainAt) return kept.list
    const running = underway.get(key) ?? refresh(key, url, issuer).finally(() => underway.delete(key))
    underway.set(key, running)
    return (await running).list
  }

  async function checkOne(certificate: ParsedCertificate, issuer: ParsedCertificate): Promise<void> {
    if (certificate.revocationLists.length === 0) return
    for (const url of certificate.revocationLists.slice(0, 3)) {
      const list = await listAt(url, issuer)
      if (list === undefined) continue
      // No grace for one that is listed, however old the list.
      if (list.serials.has(certificate.serialNumber)) throw new NodeError('identity.chain_revoked')
      if (!list.covers(certificate)) continue
      if (deps.clock.now() <= list.nextUpdate + graceMilliseconds) return
    }
    if (deps.mustKnow) throw new NodeError('identity.chain_unchecked')
  }

  return {
    async check({ leaf, authorities }) {
      const chain = [leaf, ...authorities]
      for (const [index, issuer] of authorities.entries()) {
        const certificate = chain[index]
        if (certificate !== undefined) await checkOne(certificate, issuer)
      }
    },
  }
}

function parseList(bytes: Buffer, issuer: ParsedCertificate, now: Instant): RevocationList {
  const list = AsnConvert.parse(bytes, CertificateList)
  const { tbsCertList, signatureAlgorithm, signature } = list
  const way = findSignatureWay(signatureAlgorithm)
  const signed = list.tbsCertListRaw
  if (issuer.keyUsage?.cRLSign === false) throw bad('its issuer may not sign lists')
  if (way === undefined) throw bad('signed in a weak way')
  if (!tbsCertList.signature.isEqual(signatureAlgorithm)) throw bad('its signature is not of the kind that it says')
  if (signed === undefined || !isSignedWith(issuer.x509.publicKey, way, Buffer.from(signed), Buffer.from(signature))) {
    throw bad('its signature')
  }
  const extensions = tbsCertList.crlExtensions ?? []
  const unknown = extensions.find(({ extnID, critical }) => critical && extnID !== issuingDistributionPoint)
  if (unknown !== undefined) throw bad(`critical extension ${unknown.extnID}`)
  const scope = extensions.find(({ extnID }) => extnID === issuingDistributionPoint)
  const thisUpdate = tbsCertList.thisUpdate.getTime().getTime()
  const nextUpdate = tbsCertList.nextUpdate?.getTime().getTime()
  if (thisUpdate > now + graceMilliseconds || nextUpdate === undefined) throw bad('its time')
  const serials = (tbsCertList.revokedCertificates ?? []).map(({ userCertificate }) => serialText(userCertificate))
  const covers = scope === undefined ? () => true : readScope(scope.extnValue.buffer)
  return { serials: new Set(serials), thisUpdate, nextUpdate, covers }
}

/**
 * Which certificates a list is about that is not about all of its issuer. Lists travel over http, so that anybody on the
 * way can give another list of the same issuer, in which a certificate is not because it could not be.
 * @see RFC 5280 sections 5.2.5 and 6.3.3 (b) (2)
 */
function readScope(extension: ArrayBuffer): RevocationList['covers'] {
  const scope = AsnConvert.parse(extension, IssuingDistributionPoint)
  if (scope.indirectCRL || scope.onlySomeReasons !== undefined || scope.onlyContainsAttributeCerts) {
    throw bad('a list of another kind')
  }
  const places = scope.distributionPoint === undefined ? undefined : addressesOf(scope.distributionPoint)
  return ({ isAuthority, revocationLists }) =>
    !(isAuthority ? scope.onlyContainsUserCerts : scope.onlyContainsCACerts) &&
    (places === undefined || places.some((place) => revocationLists.includes(place)))
}

function bad(detail: string): NodeError {
  return new NodeError('identity.chain_unchecked', { detail: `a revocation list is not good: ${detail}` })
}
