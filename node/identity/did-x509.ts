import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import { importKeys, parseDidDocument, type ResolvedDid, type VerificationKey } from './did-document.js'
import type { ChainedDidResolver } from './resolve-did.js'
import { singleKeyResult } from './single-key.js'
import { checkMoment, parseChain, type CheckedChain } from './x509-chain.js'
import type { AlternativeName, ParsedCertificate } from './x509-certificate.js'
import type { Revocations } from './x509-revocation.js'

/** A did:x509 taken apart. */
interface X509Did {
  readonly algorithm: FingerprintAlgorithm
  readonly fingerprint: string
  readonly policies: readonly Policy[]
}

/** One statement about the holder. */
interface Policy {
  readonly name: string
  readonly key: string
  readonly value: string
  /** Finds what a certificate says about it. */
  readonly read: ReadPolicy
}

type ReadPolicy = (certificate: ParsedCertificate) => readonly string[]

/** Not SHA-1: two authorities with one fingerprint can be made, and which of them was pinned could not be told. */
const fingerprintAlgorithms = ['sha256', 'sha384', 'sha512'] as const
type FingerprintAlgorithm = (typeof fingerprintAlgorithms)[number]

/** Attributes of a subject by their object identifiers. @see RFC 4519 */
const subjectAttributes: Readonly<Record<string, string>> = {
  C: '2.5.4.6',
  CN: '2.5.4.3',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  STREET: '2.5.4.9',
  serialNumber: '2.5.4.5',
}
const alternativeNames: readonly AlternativeName[] = ['otherName', 'dns', 'email', 'ip']
const maxPolicies = 20
const maxChains = 1000

/**
 * Resolves did:x509 from the certificate chain in the header of a signature. The key is that of the leaf; the DID must
 * name an authority of the chain, and what it says about the holder must stand in the leaf.
 *
 * Does not decide whether the authority is trusted: the DID names it by its fingerprint, so who pins issuers pins that.
 * A chain is checked once; the moment and revocation every time.
 * @throws `identity.did_malformed`, `identity.chain_invalid`, `identity.chain_revoked`, `identity.chain_unchecked`
 * @see did:x509 method specification; Nuts RFC023
 */
export function createDidX509(deps: { readonly clock: Clock; readonly revocations: Revocations }): ChainedDidResolver {
  const checked = new LRUCache<string, { readonly chain: CheckedChain; readonly resolved: ResolvedDid }>({
    max: maxChains,
  })
  return async (did, x5c) => {
    const id = createHash('sha256')
      .update(JSON.stringify([did, x5c]))
      .digest('base64')
    const known = checked.get(id) ?? (await resolveFromChain(did, parseX509Did(did), parseChain(x5c)))
    checked.set(id, known)
    checkMoment(known.chain, deps.clock.now())
    await deps.revocations.check(known.chain)
    return known.resolved
  }
}

async function resolveFromChain(
  did: string,
  { algorithm, fingerprint, policies }: X509Did,
  chain: CheckedChain,
): Promise<{ readonly chain: CheckedChain; readonly resolved: ResolvedDid }> {
  const isNamed = ({ x509 }: ParsedCertificate): boolean =>
    createHash(algorithm).update(x509.raw).digest('base64url') === fingerprint
  if (!chain.authorities.some(isNamed)) throw mismatch('no authority of the chain has the fingerprint in the DID')
  for (const { name, key, value, read } of policies) {
    if (!read(chain.leaf).includes(value)) {
      throw mismatch(`the certificate does not say what the DID says about ${name} ${key}`)
    }
  }
  const jwk = { ...chain.leaf.x509.publicKey.export({ format: 'jwk' }) }
  const { didDocument } = singleKeyResult(did, `${did}#0`, jwk)
  const resolved = importKeys(parseDidDocument(didDocument))
  const { notBefore: from, notAfter: until } = chain.leaf
  const limited = (keys: ReadonlyMap<string, VerificationKey>) =>
    new Map([...keys].map(([keyId, key]) => [keyId, { ...key, validity: { from, until } }]))
  const { assertionMethod, authentication } = resolved.keys
  const keys = { assertionMethod: limited(assertionMethod), authentication: limited(authentication) }
  return { chain, resolved: { ...resolved, keys } }
}

/** How a policy is looked up; `undefined` for one that is not known. */
function findReader(name: string, key: string): ReadPolicy | undefined {
  const attribute = name === 'subject' && Object.hasOwn(subjectAttributes, key) ? subjectAttributes[key] : undefined
  if (attribute !== undefined) return ({ subject }) => subject.get(attribute) ?? []
  const alternative = name === 'san' ? alternativeNames.find((known) => known === key) : undefined
  return alternative === undefined ? undefined : ({ alternativeNames: names }) => names[alternative]
}

/** @throws `identity.did_malformed` for anything that is not exactly of the form, also for a DID without a policy */
function parseX509Did(did: string): X509Did {
  const [head = '', ...policyTexts] = did.slice('did:x509:'.length).split('::')
  const [version, algorithmText, fingerprint = '', ...rest] = head.split(':')
  const algorithm = fingerprintAlgorithms.find((known) => known === algorithmText)
  if (version !== '0' || rest.length > 0) throw malformed('did:x509 of another version')
  if (algorithm === undefined) throw malformed('did:x509 with a fingerprint that is not accepted')
  if (!/^[A-Za-z0-9_-]{43,86}$/.test(fingerprint)) throw malformed('did:x509 without a fingerprint')
  if (policyTexts.length === 0 || policyTexts.length > maxPolicies)
    throw malformed('did:x509 says nothing about its holder')
  return { algorithm, fingerprint, policies: policyTexts.flatMap(parsePolicy) }
}

function parsePolicy(text: string): readonly Policy[] {
  const [, name = '', pairs = ''] = /^([^:]*)((?::[^:]*:[^:]*)+)$/.exec(text) ?? []
  if (pairs === '') throw malformed('did:x509 with half a policy')
  return Array.from(pairs.matchAll(/:([^:]*):([^:]*)/g), ([, key = '', value = '']) => {
    const read = findReader(name, key)
    if (read === undefined) throw malformed('did:x509 with a policy that is not known')
    return { name, key, value: decode(value), read }
  })
}

function decode(text: string): string {
  try {
    const value = decodeURIComponent(text)
    if (value !== '') return value
  } catch {
    // Said below.
  }
  throw malformed('did:x509 with a value that is not percent-encoded')
}

function malformed(detail: string): NodeError {
  return new NodeError('identity.did_malformed', { detail })
}

function mismatch(note: string): NodeError {
  return new NodeError('identity.chain_invalid', { notes: [note] })
}
