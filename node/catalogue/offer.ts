import { purposeList, roleList } from './vocabulary.js'

/** A purpose, and the roles that some rule lets ask for it; none for what everybody may read. */
export interface OfferedPurpose {
  readonly code: string
  readonly roles: readonly string[]
}

/** What the offers say is derived from: who may ask, and why, in every rule of a pack. */
export interface OfferedRule {
  readonly wie: { readonly role: readonly string[] }
  readonly waarvoor: { readonly purpose: string }
}

/** Every purpose of the rules with every role that has it, in order. */
export function listPurposes(rules: readonly OfferedRule[]): readonly OfferedPurpose[] {
  const codes = [...new Set(rules.map(({ waarvoor }) => waarvoor.purpose))].sort()
  return codes.map((code) => {
    const roles = rules.filter(({ waarvoor }) => waarvoor.purpose === code).flatMap(({ wie }) => wie.role)
    return { code, roles: [...new Set(roles)].sort() }
  })
}

/**
 * The public description of who may ask, and for what: a permission for each purpose. Nothing is ever decided by it; the
 * rules that decide are where `enforcedBy` says, with the digest of their text.
 *
 * Every part has a name of its own, so that the document holds nothing that could be put in two orders.
 * @see W3C ODRL 2.2 section 2.1.2 (Offer)
 */
export function buildOffer(offer: {
  readonly id: string
  /** The IRI of the organisation that offers. */
  readonly assigner: string
  readonly purposes: readonly OfferedPurpose[]
  readonly enforcedBy: string
  readonly policyDigest: string
}) {
  const constraint = (id: string, leftOperand: string, names: readonly string[]) => ({
    id,
    type: 'Constraint',
    leftOperand,
    operator: 'odrl:isAnyOf',
    rightOperandReference: names,
  })
  const forRoles = (id: string, roles: readonly string[]) =>
    roles.length === 0
      ? []
      : [
          constraint(
            id,
            'kat:recipientRole',
            roles.map((role) => `${roleList}${role}`),
          ),
        ]
  return {
    id: offer.id,
    type: 'Offer',
    assigner: offer.assigner,
    profile: 'https://catalogus.example/odrl-profile/v1',
    permission: offer.purposes.map(({ code, roles }) => ({
      id: `${offer.id}#${code}`,
      type: 'Permission',
      action: 'odrl:use',
      constraint: [
        constraint(`${offer.id}#${code}-purpose`, 'odrl:purpose', [`${purposeList}${code}`]),
        ...forRoles(`${offer.id}#${code}-role`, roles),
      ],
    })),
    enforcedBy: offer.enforcedBy,
    policyDigest: offer.policyDigest,
  }
}
