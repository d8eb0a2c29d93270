import type { Listing } from '../../node/discovery/listing.js'

/** A listing of `signer` that ends an hour after `now`, with what its membership says of the organisation. */
export function makeListing(options: {
  readonly signer: string
  readonly now: number
  readonly organization: object
  /** Of the membership. */
  readonly type?: string
}): Listing {
  const { signer, now, organization, type = 'LedenadministratieCredential' } = options
  return {
    service: 'lijst',
    timestamp: 1,
    signer,
    presentationId: `${signer}#1`,
    presentation: '',
    registeredAt: now,
    expiresAt: now + 3_600_000,
    fields: {},
    parameters: {},
    credentials: [{ type, issuer: 'did:web:stelsel.example', subject: { id: signer, organization } }],
    verifiedAt: now,
  }
}
