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
