import { z } from 'zod'
import { memberIdTypes } from './credentials/ledenadministratie.js'

const organization = z.strictObject({
  name: z.string().min(1).max(200).regex(/\S/).describe('name of the organisation'),
  city: z.string().min(1).max(200).regex(/\S/).describe('where it is'),
  role: z
    .string()
    .regex(/^[a-z][a-z-]{1,39}$/, 'lower-case letters and hyphens')
    .describe('its role in the network, as the rules of packs name it'),
  id_type: z.enum(memberIdTypes).describe('kind of its identifier'),
  id: z.string().min(1).max(32).describe('its identifier'),
})

const actsFor = z.strictObject({
  id_type: z.enum(['uzovi', 'agb']).describe('kind of identifier of the other organisation'),
  id: z.string().min(1).max(32).describe('its identifier; the organisation itself is among `known` too'),
  consent: z.string().min(1).max(128).describe('what its toestemmingsverklaring is called; tokens name it'),
})

const known = z.strictObject({
  serial: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,64}$/, 'a serialNumber as the subject of a certificate has it')
    .optional()
    .describe('serialNumber in the subject of its certificates; wants `authorities`'),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hexadecimal')
    .optional()
    .describe('SHA-256 of its certificate'),
  organization: organization.optional().describe('who it is, on the word of the operator'),
  membership: z
    .string()
    .min(1)
    .optional()
    .describe('file with its LedenadministratieCredential, instead of `organization`: weighed at every request'),
  actsFor: z.array(actsFor).default([]).describe('organisations for which it may ask, as software vendors do'),
})

/** The token request of the iWlz afsprakenstelsel, for a party. @see iWlz RFC0014 */
export const nidSchema = z.strictObject({
  issuer: z.string().min(1).max(256).optional().describe('`iss` of its tokens; the URL of this face unless given'),
  authorities: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file with who issues the certificates of clients: the issuer first, the root last'),
  networks: z.array(z.string()).default([]).describe('CIDR ranges of clients; all when empty'),
  lifetimeSeconds: z.int().min(10).max(3600).default(3600).describe('lifetime of its tokens, in seconds'),
  known: z.array(known).min(1).describe('who may ask for tokens, by certificate'),
})

export type NidConfiguration = z.output<typeof nidSchema>
export type KnownOrganization = z.output<typeof organization>
