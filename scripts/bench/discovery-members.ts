import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { discoveryDefinition } from '../demo/discovery-definition.js'
import { baseContext, baseType } from '../../node/credentials/credential.js'
import { compileDefinition } from '../../node/credentials/exchange/definition.js'
import type { DiscoveryDefinition } from '../../node/catalogue/definition.js'
import { epochSeconds, toRfc3339, type Clock } from '../../node/kernel/clock.js'
import { randomId } from '../../node/kernel/random.js'
import { retractionType } from '../../schemas/wire/discovery.js'

/** One who registers: a DID of the web with one P-256 key. */
export interface Member {
  readonly did: string
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly document: object
}

/** A made-up country: who registers, who vouches for them, and the list that they are on. */
export interface Country {
  readonly definition: DiscoveryDefinition
  readonly issuer: Member
  readonly members: readonly Member[]
  /** The DID document of a member or of the issuer. */
  documentOf(did: string): object | undefined
  /**
   * A new registration of the member, as nuts-node v6 makes it: a JWT with a JWT credential and its own word. The credential
   * is the same the next time, when it is kept.
   */
  register(member: Member, options?: { readonly isKept: boolean }): Registered
  /** The withdrawal of a registration. */
  retract(member: Member, id: string): string
}

export interface Registered {
  readonly id: string
  readonly presentation: string
  /** The membership inside it, signed by the issuer. */
  readonly credential: string
}

export interface CountryOptions {
  readonly clock: Clock
  readonly size: number
  readonly service: string
  readonly endpoint: string
  /** How many keys there are; members beyond that share them. As many as members unless given. */
  readonly keys?: number
  /** A status list that memberships are in; none unless given. */
  readonly statusList?: string
}

/** Makes up names and identifiers that are nobody's. */
export function createCountry(options: CountryOptions): Country {
  const { clock, size, service, endpoint, keys = size, statusList } = options
  const pairs = Array.from({ length: Math.min(keys, size) }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  const issuer = createMember('did:web:stelsel.example', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  const members: Member[] = []
  for (let number = 0; number < size; number += 1) {
    const pair = pairs[number % pairs.length]
    if (pair === undefined) throw new Error('there are no keys')
    members.push(createMember(`did:web:node${String(number % 300)}.example:iam:${String(number)}`, pair))
  }
  const numbers = new Map(members.map((member, number) => [member, number]))
  const numberOf = (member: Member): number => numbers.get(member) ?? -1
  const byDid = new Map([issuer, ...members].map((member) => [member.did, member.document]))
  const presentation = compileDefinition(
    discoveryDefinition({ id: service, endpoint, issuer: issuer.did }).presentation_definition,
  )
  const maxValiditySeconds = 1_209_600
  const seconds = (): number => epochSeconds(clock.now())

  function membership(member: Member): string {
    const number = numberOf(member)
    const organization = {
      name: `Zorgaanbieder ${String(number)}`,
      city: `Plaats ${String(number % 340)}`,
      id: String(1_000_000 + number).padStart(8, '0'),
      id_type: 'agb',
      role: 'zorgaanbieder',
    }
    const listed = statusList === undefined ? {} : { credentialStatus: statusEntry(statusList, number) }
    return signJwt(issuer, {
      iss: issuer.did,
      sub: member.did,
      jti: `${issuer.did}#${randomId()}`,
      nbf: seconds() - 1,
      exp: seconds() + 365 * 86_400,
      vc: {
        '@context': [baseContext],
        type: [baseType, 'LedenadministratieCredential'],
        credentialSubject: [{ id: member.did, organization }],
        ...listed,
      },
    })
  }

  function listing(member: Member): object {
    return {
      '@context': [baseContext, 'https://nuts.nl/credentials/v1'],
      type: [baseType, 'DiscoveryRegistrationCredential'],
      id: `urn:uuid:${randomId()}`,
      issuer: member.did,
      issuanceDate: toRfc3339(clock.now()),
      credentialSubject: {
        id: member.did,
        authServerURL: `https://node.example/oauth2/${String(numberOf(member))}`,
        indicatieregister: 'https://node.example/sources/indicatieregister',
      },
    }
  }

  function present(member: Member, claims: object, vp: object): Registered {
    const id = `${member.did}#${randomId()}`
    const nbf = seconds() - 1
    const period = { nbf, exp: nbf + maxValiditySeconds - 1 }
    const about = { iss: member.did, sub: member.did, jti: id, aud: service, nonce: randomId() }
    const content = { '@context': [baseContext], holder: member.did, ...vp }
    return { id, credential: '', presentation: signJwt(member, { ...about, ...period, ...claims, vp: content }) }
  }

  const keptMemberships = new Map<Member, string>()
  return {
    definition: { id: service, endpoint, didMethods: ['web'], maxValiditySeconds, presentation, text: '' },
    issuer,
    members,
    documentOf: (did) => byDid.get(did),
    register(member, { isKept } = { isKept: true }) {
      const credential = keptMemberships.get(member) ?? membership(member)
      if (isKept) keptMemberships.set(member, credential)
      const verifiableCredential = [credential, listing(member)]
      return { ...present(member, {}, { type: ['VerifiablePresentation'], verifiableCredential }), credential }
    },
    retract: (member, id) =>
      present(member, { retract_jti: id }, { type: ['VerifiablePresentation', retractionType] }).presentation,
  }
}

function createMember(did: string, pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): Member {
  const keyId = `${did}#0`
  const { kty, crv, x, y } = pair.publicKey.export({ format: 'jwk' })
  const publicKeyJwk = { kty, crv, x, y }
  const document = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [{ id: keyId, type: 'JsonWebKey2020', controller: did, publicKeyJwk }],
    assertionMethod: [keyId],
    authentication: [keyId],
  }
  return { did, keyId, ...pair, document }
}

function signJwt({ keyId, privateKey }: Member, claims: object): string {
  const header = { alg: 'ES256', typ: 'JWT', kid: keyId }
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

function statusEntry(list: string, index: number): object {
  return {
    id: `${list}#${String(index)}`,
    type: 'StatusList2021Entry',
    statusPurpose: 'revocation',
    statusListIndex: String(index),
    statusListCredential: list,
  }
}
