import { z } from 'zod'

/** Roles that a member can have. */
export const memberRoles = [
  'stelselbeheerder',
  'ciz',
  'zorgkantoor',
  'zorgaanbieder',
  'gemeente',
  // The desks of a gemeente, each a party of its own: who is one is not entitled to what the other is.
  'gemeente-wmo',
  'gemeente-jw',
  'huisarts',
  'cak',
] as const

/** Kinds of identifier under which a member is known; `id` is written in the form of its kind. */
export const memberIdTypes = ['agb', 'uzovi', 'kvk', 'ura', 'oin', 'gemeentecode'] as const

/**
 * The subject of a LedenadministratieCredential: which organisation stands behind a DID.
 * @see iWlz RFC0005, extended with `ura`, `oin`, `gemeentecode` and the roles of the social domain
 */
export const ledenadministratieSubjectSchema = z.strictObject({
  id: z.string().regex(/^did:/),
  organization: z.strictObject({
    name: z.string().min(1).max(200).regex(/\S/),
    city: z.string().min(1).max(200).regex(/\S/),
    id: z.string().min(1).max(32),
    id_type: z.enum(memberIdTypes),
    role: z.enum(memberRoles),
  }),
})

export type LedenadministratieSubject = z.output<typeof ledenadministratieSubjectSchema>
