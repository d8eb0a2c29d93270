import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { bronnetContext, loadContexts } from '../../node/credentials/contexts/load-contexts.js'
import { baseContext, baseContextV2, baseType, type JsonObject } from '../../node/credentials/credential.js'
import { parsePresentation } from '../../node/credentials/presentation.js'
import { addProof } from '../../node/credentials/proofs/add-proof.js'
import { createLinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../node/credentials/proofs/verify-proofs.js'
import { createTrust } from '../../node/credentials/trust.js'
import { createCredentialVerifier } from '../../node/credentials/verify-credential.js'
import { createVerifyPresentation } from '../../node/credentials/verify-presentation.js'
import { controllerDocumentOf } from '../../node/identity/controller-document.js'
import { resolveDidKey } from '../../node/identity/did-key.js'
import { multibaseOf } from '../../node/identity/multikey.js'
import { createDidResolver } from '../../node/identity/resolve-did.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { publicKeySchema } from '../../schemas/jwk.js'
import { percentile } from './statistics.js'

/**
 * What verifying costs, in CPU time and as a share of what cannot be avoided: for JWTs the signature checks alone, for
 * linked data what another implementation takes for the same. Both sides work by turns in one process, on texts that
 * neither has seen; only the shares mean something elsewhere.
 */
const rounds = 15
const perRound = 200
const now = Date.parse('2026-11-24T09:00:00Z')
const second = now / 1000

interface Signer {
  readonly did: string
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly sign: (input: Buffer) => Buffer
}

function createSigner(algorithm: 'ES256' | 'EdDSA'): Signer {
  const isEdDsa = algorithm === 'EdDSA'
  const pair = isEdDsa ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = pair.publicKey.export({ format: 'jwk' })
  const multibase = multibaseOf(publicKeySchema.parse(isEdDsa ? { kty, crv, x } : { kty, crv, x, y }))
  return {
    did: `did:key:${multibase}`,
    keyId: `did:key:${multibase}#${multibase}`,
    publicKey: pair.publicKey,
    sign: (input) =>
      isEdDsa
        ? sign(null, input, pair.privateKey)
        : sign('sha256', input, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
  }
}

const registrar = createSigner('ES256')
const holder = createSigner('ES256')
const linkedIssuer = createSigner('EdDSA')
const clock = createFixedClock(now)
const linkedData = createLinkedData({ examples: false })
const resolver = createDidResolver({ clock, methods: { key: resolveDidKey }, own: async () => undefined })
const verifyProofs = createVerifyProofs({ clock, resolver, linkedData })
const trust = createTrust({ LedenadministratieCredential: [registrar.did, linkedIssuer.did] })
/** The credentials here have no status. */
const checkStatus = { check: async () => undefined, look: () => Promise.reject(new Error('there is no list')) }
const verifier = createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus })
const verifyPresentation = createVerifyPresentation({
  clock,
  resolver,
  linkedData,
  verifyProofs,
  credentials: verifier,
})

const organization = { name: 'Zorgkantoor Noord', city: 'Noordstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' }
const subject = { id: holder.did, organization }
const type = [baseType, 'LedenadministratieCredential']

function signJwt(signer: Signer, claims: object): string {
  const header = { alg: 'ES256', typ: 'JWT', kid: signer.keyId }
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${signer.sign(Buffer.from(input)).toString('base64url')}`
}

let made = 0
const nextId = (): string => `urn:uuid:${String((made += 1))}`

interface SignedPresentation {
  readonly compact: string
  readonly credentials: readonly string[]
}

function makePresentation(): SignedPresentation {
  const credentials = [1, 2].map(() =>
    signJwt(registrar, {
      iss: registrar.did,
      sub: holder.did,
      jti: nextId(),
      nbf: second,
      exp: second + 3600,
      vc: { '@context': [baseContext], type, credentialSubject: [subject] },
    }),
  )
  const vp = { '@context': [baseContext], type: ['VerifiablePresentation'], verifiableCredential: credentials }
  const claims = {
    iss: holder.did,
    sub: holder.did,
    aud: 'https://node.example',
    nbf: second,
    exp: second + 5,
    nonce: nextId(),
    vp,
  }
  return { compact: signJwt(holder, claims), credentials }
}

function requireGood(compact: string, key: KeyObject): void {
  const end = compact.lastIndexOf('.')
  const signature = Buffer.from(compact.slice(end + 1), 'base64url')
  if (!verify('sha256', Buffer.from(compact.slice(0, end)), { key, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw new Error('a signature is not good')
  }
}

async function makeLinked(): Promise<JsonObject> {
  const document = {
    '@context': [baseContextV2, bronnetContext],
    id: nextId(),
    type,
    issuer: linkedIssuer.did,
    validFrom: '2026-11-24T09:00:00Z',
    validUntil: '2026-11-25T09:00:00Z',
    credentialSubject: subject,
  }
  const signer = {
    ...linkedIssuer,
    algorithm: 'EdDSA' as const,
    sign: async (input: Buffer) => linkedIssuer.sign(input),
  }
  return addProof(document, { kind: 'eddsa-rdfc-2022', signer, purpose: 'assertionMethod', created: now, linkedData })
}

const contexts = await loadContexts({ examples: false })
async function documentLoader(url: string): Promise<object> {
  const loaded = (document: unknown): object => ({ contextUrl: null, documentUrl: url, document, tag: 'static' })
  const context = contexts.get(url)
  if (context !== undefined) return loaded(context)
  const controller = controllerDocumentOf(await resolver.resolve(url.split('#')[0] ?? ''))
  const method = controller.verificationMethod.find(({ id }) => id === url)
  return loaded(method === undefined ? controller : { '@context': 'https://w3id.org/security/multikey/v1', ...method })
}

async function requireVerified(credential: JsonObject): Promise<void> {
  const suite = new DataIntegrityProof({ cryptosuite })
  const { verified } = await vc.verifyCredential({ credential, suite, documentLoader, now: new Date(now) })
  if (!verified) throw new Error('the other implementation finds the proof not good')
}

/** CPU time per piece of work, in microseconds. */
async function costOf<T>(pieces: readonly T[], work: (piece: T) => unknown): Promise<number> {
  const before = process.cpuUsage()
  for (const piece of pieces) await work(piece)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / pieces.length
}

async function compare<T>(
  title: string,
  make: () => T | Promise<T>,
  node: (piece: T) => unknown,
  limit: { readonly name: string; readonly work: (piece: T) => unknown },
): Promise<void> {
  const costs: { readonly node: number; readonly limit: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const pieces: T[] = []
    while (pieces.length < perRound) pieces.push(await make())
    const limitCost = await costOf(pieces, limit.work)
    costs.push({ node: await costOf(pieces, node), limit: limitCost })
  }
  // The first rounds warm the compiler up.
  const counted = costs.slice(6)
  const [nodeCost, limitCost] = [
    percentile(
      counted.map((c) => c.node),
      0.5,
    ),
    percentile(
      counted.map((c) => c.limit),
      0.5,
    ),
  ]
  const share = percentile(
    counted.map((c) => c.limit / c.node),
    0.5,
  )
  process.stdout.write(
    `${title}: ${nodeCost.toFixed(0)} us; ${limit.name}: ${limitCost.toFixed(0)} us; ${(share * 100).toFixed(0)} %\n`,
  )
}

await compare(
  'presentation with two new JWT credentials',
  makePresentation,
  async ({ compact }) => verifyPresentation(parsePresentation(compact, verifier), {}),
  {
    name: 'its three signatures alone',
    work({ compact, credentials }) {
      requireGood(compact, holder.publicKey)
      for (const credential of credentials) requireGood(credential, registrar.publicKey)
    },
  },
)
await compare(
  'new eddsa-rdfc-2022 credential',
  makeLinked,
  async (credential) => verifier.verify(verifier.parse(credential), {}),
  { name: '@digitalbazaar/vc', work: requireVerified },
)
const known = await makeLinked()
await verifier.verify(verifier.parse(known), {})
await compare(
  'known eddsa-rdfc-2022 credential',
  () => known,
  async (credential) => verifier.verify(verifier.parse(credential), {}),
  { name: 'writing it as JSON', work: (credential) => JSON.stringify(credential) },
)
