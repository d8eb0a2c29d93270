import { z } from 'zod'

const text = z.string().min(1).max(1000)
const url = z.string().min(1).max(2048)

/**
 * One service of the published list. Everything in it is looked at, also behind the first of several: the published
 * JSON Schema names its items as a tuple, of which draft-04 checks the first only. Members that are not used are ignored.
 * @see Zorg-AB ElectronicService, as the iWlz address book has it
 */
export const electronicServiceSchema = z.looseObject({
  description: text,
  gegevensdienstId: z.string().min(1).max(64),
  weergavenaam: text,
  authorizationEndpoint: z.looseObject({ authorizationEndpointuri: url }),
  tokenEndpoint: z.looseObject({ tokenEndpointuri: url }),
  systeemrollen: z
    .array(
      z.looseObject({
        systeemrolcode: z.string().min(1).max(64),
        resourceEndpoint: z.looseObject({ resourceEndpointuri: url }),
      }),
    )
    .min(1)
    .max(50),
})

/** The published list. Its services are read one by one, so that each fault has its place. */
export const electronicServicesSchema = z.looseObject({ electronicServices: z.array(z.unknown()).max(10_000) })

/** The list as this node writes it: nothing beside what the format names. */
export const writtenServicesSchema = z.strictObject({
  electronicServices: z.array(
    z.strictObject({
      description: text,
      gegevensdienstId: z.string().regex(/^(CIZ|[0-9]{8}|[0-9]{4})_(REGISTER|NOTIFICATIE|MELDING)_(PRD|TST|ACC)$/),
      weergavenaam: text,
      authorizationEndpoint: z.strictObject({ authorizationEndpointuri: url }),
      tokenEndpoint: z.strictObject({ tokenEndpointuri: url }),
      systeemrollen: z
        .array(
          z.strictObject({
            systeemrolcode: z.enum(['REGISTER', 'MELDING', 'NOTIFICATIE_INDICATIE', 'NOTIFICATIE_BEMIDDELING']),
            resourceEndpoint: z.strictObject({ resourceEndpointuri: url }),
          }),
        )
        .min(1),
    }),
  ),
})

export const addressEnvironments = ['PRD', 'TST', 'ACC'] as const

const by = z.string().min(1).max(200)

/** An import: the list, until when it counts, and who answers for it. */
export const importAddressBookSchema = z.strictObject({
  list: z.unknown().describe('The list as it is published.'),
  validUntil: z.iso.datetime({ offset: true }).describe('After this nothing of it counts; a year from now at most.'),
  by: by.describe('Who answers for it; it stands in the journal.'),
  skipBroken: z.boolean().default(false).describe('Takes the good services of a list in which others are broken.'),
})

export const importedAddressBookSchema = z.strictObject({
  addresses: z.int().min(0),
  digest: z.string(),
  validUntil: z.string(),
  leftOut: z.array(z.string()).describe('What is wrong with services that were left out, each with its place.'),
})

export const exportAddressBookQuerySchema = z.strictObject({
  environment: z.enum(addressEnvironments).optional().describe('Only the addresses of this environment.'),
  by: by.optional().describe('Who asks, for the journal.'),
})

export const addressBookStateSchema = z.strictObject({
  imported: z
    .strictObject({
      at: z.string(),
      by: z.string(),
      digest: z.string(),
      validUntil: z.string(),
      addresses: z.int().describe('How many the import held.'),
    })
    .optional()
    .describe('The last import; absent when there was none.'),
  valid: z.boolean().describe('Whether it counts now.'),
})

/** Whom an endpoint is asked of: `ciz`, a DID, or the kind of an identifier and the identifier. */
export const endpointQuerySchema = z.strictObject({
  organization: z
    .string()
    .max(2048)
    .describe('`ciz`, a DID, or an identifier with its kind: `uzovi:5999`, `agb:06999901`, `kvk:62253778`.'),
  function: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,63}$/)
    .describe('What it is for: the name of a source such as `indicatieregister`, `notificatie-indicatie`, `melding`.'),
  environment: z.enum(addressEnvironments).default('PRD').describe('Of the address book; others know one only.'),
})

/** Where a function of an organisation is, and how a token for it is got. */
export const resolvedEndpointSchema = z.strictObject({
  organization: z.string(),
  function: z.string(),
  source: z.enum(['discovery', 'did', 'address-book']).describe('Who says so, in the order of precedence.'),
  endpoint: z.string().describe('Where to send requests.'),
  audience: z.string().describe('For what a token is asked, where that is asked.'),
  tokenEndpoint: z.string(),
  grant: z.enum(['presentation', 'certificate']).describe('What gets a token there.'),
  authorizationServer: z.string().optional().describe('Its issuer URL; for presentations.'),
  did: z.string().optional(),
  asOf: z.string().describe('When this was last known to be so.'),
  validUntil: z.string().optional().describe('After this it does not count.'),
  stale: z.boolean().describe('True when what says so was not looked at for an hour, though it still counts.'),
  passedOver: z.array(z.string()).describe('Sources that say nothing, or nothing that counts, and why.'),
})

export type WrittenServices = z.output<typeof writtenServicesSchema>
export type AddressEnvironment = (typeof addressEnvironments)[number]
