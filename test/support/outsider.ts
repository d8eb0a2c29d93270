import type { Clock } from '../../node/kernel/clock.js'
import { createTestHolder, type Json } from './credentials.js'

/** Somebody with an own did:jwk key and no node, who can say anything: honest, forged, stale or borrowed. */
export interface Outsider {
  readonly did: string
  /** Signs any claims with its own key. */
  signJwt(claims: Json, header?: Json): string
  /** A presentation as a node makes it, except for what `changes` say. */
  present(options: {
    readonly audience: string
    readonly credentials: readonly unknown[]
    readonly changes?: Json
  }): string
  /** A credential in the form of VC Data Model 1.1, signed by itself. */
  issue(options: { readonly type: string; readonly subject: Json; readonly claims?: Json }): string
}

/** A test holder that lives by `clock`. */
export function createOutsider(clock: Clock): Outsider {
  const holder = createTestHolder()
  return {
    did: holder.did,
    signJwt: (claims, header) => holder.signVp(claims, header),
    present: ({ audience, credentials, changes = {} }) =>
      holder.presentation({ audience, credentials, now: clock.now(), claims: changes }),
    // A second ago, as the presentations are.
    issue: ({ type, subject, claims = {} }) => holder.signVc({ type, subject, now: clock.now() - 1000, claims }),
  }
}

/** A DID document of the web with the key of `outsider`. */
export function documentOf(did: string, outsider: Outsider): unknown {
  const publicKeyJwk: unknown = JSON.parse(Buffer.from(outsider.did.slice('did:jwk:'.length), 'base64url').toString())
  return {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [{ id: `${did}#0`, type: 'JsonWebKey2020', controller: did, publicKeyJwk }],
    assertionMethod: [`${did}#0`],
    authentication: [`${did}#0`],
  }
}

/** The same key under another DID. */
export function speakAs(did: string, outsider: Outsider): Outsider {
  const kid = `${did}#0`
  const again = (jwt: string): string => {
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    return outsider.signJwt({ ...claims, iss: did, ...('vp' in claims ? { sub: did } : {}) }, { kid })
  }
  return {
    did,
    signJwt: (claims, header = {}) => outsider.signJwt(claims, { kid, ...header }),
    present: (options) => again(outsider.present(options)),
    issue: (options) => again(outsider.issue(options)),
  }
}
