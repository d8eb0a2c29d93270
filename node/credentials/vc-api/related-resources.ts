import { NodeError } from '../../kernel/errors.js'
import { decodeBase58 } from '../../identity/base58.js'

/** What a credential says about a resource that it builds on. */
export interface RelatedResource {
  readonly id: string
  readonly digestSRI?: string | undefined
  readonly digestMultibase?: string | undefined
}

/** SHA-2 digests, in hexadecimal, of resources that the node has. */
const knownDigests: Readonly<Record<string, Readonly<Record<'sha256' | 'sha384', string>>>> = {
  // As VC Data Model 2.0 publishes them in appendix B.1.
  'https://www.w3.org/ns/credentials/v2': {
    sha256: '59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734',
    sha384: '97f1eb8e5042356c805fdd61afa2c557663785e0794dcafa21e138fd38def18cb360133c221aa31d6896a6bf3e65b614',
  },
}

const hexPrefixes = { sha256: '1220', sha384: '2030' } as const
/** Bytes of the digests that Subresource Integrity knows. */
const digestLengths: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 }

/**
 * Refuses resources that are named twice, texts that can be the digest of nothing, and digests that are not those of a
 * resource that the node has. Nothing is fetched: about a resource that it does not have the node says no more.
 * @throws `credential.malformed`
 * @see VC Data Model 2.0 section 5.3
 */
export function checkRelatedResources(resources: readonly RelatedResource[]): void {
  if (new Set(resources.map(({ id }) => id)).size !== resources.length) {
    throw new NodeError('credential.malformed', { notes: ['relatedResource: a resource is named twice'] })
  }
  for (const { id, digestSRI, digestMultibase } of resources) {
    const isDigest =
      (digestSRI === undefined || digestSRI.split(' ').every(isSubresourceForm)) &&
      (digestMultibase === undefined || isMultibaseForm(digestMultibase))
    if (!isDigest) throw new NodeError('credential.malformed', { notes: ['relatedResource: a digest is malformed'] })
    const known = Object.hasOwn(knownDigests, id) ? knownDigests[id] : undefined
    if (known === undefined) continue
    const isGood =
      (digestSRI === undefined || digestSRI.split(' ').some((digest) => isSubresourceDigest(digest, known))) &&
      (digestMultibase === undefined || isMultibaseDigest(digestMultibase, known))
    if (!isGood) throw new NodeError('credential.malformed', { notes: ['relatedResource: a digest does not match'] })
  }
}

/** @see Subresource Integrity section 3.5 */
function isSubresourceForm(text: string): boolean {
  const [, algorithm = '', base64 = ''] = /^([a-z0-9]+)-([A-Za-z0-9+/_-]+={0,2})$/.exec(text) ?? []
  return Object.hasOwn(digestLengths, algorithm) && Buffer.from(base64, 'base64').length === digestLengths[algorithm]
}

/** A multihash, which says how long it is, or a bare digest. @see Controlled Identifiers 1.0 section 2.5 */
function isMultibaseForm(text: string): boolean {
  const bytes = decodeMultibase(text)
  if (bytes === undefined) return false
  const headerLength = bytes.findIndex((byte) => byte < 0x80) + 2
  const isMultihash = headerLength > 1 && bytes[headerLength - 1] === bytes.length - headerLength
  return isMultihash || Object.values(digestLengths).includes(bytes.length)
}

type Known = Readonly<Record<keyof typeof hexPrefixes, string>>

function isSubresourceDigest(digest: string, known: Known): boolean {
  const [algorithm, base64 = ''] = digest.split('-')
  if (algorithm !== 'sha256' && algorithm !== 'sha384') return false
  return Buffer.from(base64, 'base64').toString('hex') === known[algorithm]
}

/** A multihash, or, as the examples of the specification have it, the bare digest. */
function isMultibaseDigest(text: string, known: Known): boolean {
  const hex = decodeMultibase(text)?.toString('hex')
  return (['sha256', 'sha384'] as const).some((name) => hex === known[name] || hex === hexPrefixes[name] + known[name])
}

function decodeMultibase(text: string): Buffer | undefined {
  if (/^u[A-Za-z0-9_-]+$/.test(text)) return Buffer.from(text.slice(1), 'base64url')
  return text.startsWith('z') && text.length <= 128 ? decodeBase58(text.slice(1)) : undefined
}
