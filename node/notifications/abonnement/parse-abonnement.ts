import { parseBsn, type Bsn } from '../../kernel/identifiers.js'
import type { Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import {
  abonnementInputSchema,
  abonnementNameSchema,
  renewalInputSchema,
  type AbonnementInput,
} from '../../../schemas/wire/abonnement.js'
import { canonicalId, isSameParty, partyKey } from '../memberships.js'
import type { Abonnee } from './abonnement-records.js'

/** What somebody asks to be told of. */
export interface AskedAbonnement {
  readonly eventType: string
  readonly doel: string
  readonly grondslag: string
  readonly geldigTot: Instant | undefined
  /** The person to follow. */
  readonly bsn: Bsn | undefined
}

/**
 * Returns what `input` asks, when it asks it for `abonnee`. Both spellings of the published draft count; when both are there
 * they say the same.
 * @throws `notification.abonnement_refused` whatever is wrong: one refusal for all, which tells nothing
 * @see iWlz RFC0036
 */
export function parseAbonnementInput(input: unknown, abonnee: Abonnee): AskedAbonnement {
  const asked = parse(() => abonnementInputSchema.parse(input))
  const eventType = one(asked.eventType, asked.notificatieTypeID)
  const idType = one(asked.abonneeIDType, asked.idTypeAbonnee)
  const given = one(asked.abonneeID, asked.idAbonnee)
  if (eventType === undefined || idType === undefined || given === undefined) throw refused()
  const id = canonicalId(idType, given)
  if (id === undefined || !isSameParty({ idType, id }, abonnee)) throw refused()
  if (asked.organisatieId !== undefined && asked.organisatieId !== partyKey({ idType, id })) throw refused()
  const { doel, grondslag, volgindicatie } = asked
  const bsn = volgindicatie === undefined ? undefined : parse(() => parseBsn(volgindicatie.bsn))
  return { eventType, doel, grondslag, geldigTot: instantOf(asked), bsn }
}

/** The abonnement that is named, in either spelling. @throws `notification.abonnement_refused` */
export function parseAbonnementName(input: unknown): { readonly abonnementID: string } {
  const asked = parse(() => abonnementNameSchema.parse(input))
  return { abonnementID: nameOf(asked) }
}

/** The abonnement that is to last longer, and until when that is asked. @throws `notification.abonnement_refused` */
export function parseRenewal(input: unknown): {
  readonly abonnementID: string
  readonly geldigTot: Instant | undefined
} {
  const asked = parse(() => renewalInputSchema.parse(input))
  return { abonnementID: nameOf(asked), geldigTot: instantOf(asked) }
}

function nameOf(asked: {
  readonly abonnementID?: string | undefined
  readonly abonnementId?: string | undefined
}): string {
  const name = one(asked.abonnementID?.toLowerCase(), asked.abonnementId?.toLowerCase())
  if (name === undefined) throw refused()
  return name
}

function instantOf({ geldigTot }: Pick<AbonnementInput, 'geldigTot'>): Instant | undefined {
  return geldigTot === undefined ? undefined : Date.parse(geldigTot)
}

/** Of two spellings the one that is there. @throws when they contradict each other */
function one<T extends string>(first: T | undefined, second: T | undefined): T | undefined {
  if (first !== undefined && second !== undefined && first !== second) throw refused()
  return first ?? second
}

/** The cause is dropped on purpose: it quotes what was sent. */
function parse<T>(read: () => T): T {
  try {
    return read()
  } catch {
    throw refused()
  }
}

function refused(): NodeError {
  return new NodeError('notification.abonnement_refused', { detail: 'the input' })
}
