import { z } from 'zod'
import { NodeError } from '../kernel/errors.js'
import type { FieldValues, PresentationDefinition } from '../credentials/exchange/definition.js'
import type { Selection } from '../credentials/exchange/match.js'
import { parseParameters, type GrantType, type ShownForToken } from './grant-type.js'
import type { ReadPresented } from './read-presented.js'

/** The name of the grant. @see RFC 7523 section 2.1 */
export const jwtBearerGrantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** How the service provider authenticates. @see RFC 7523 section 2.2 */
export const jwtBearerClientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The parameters of the grant. Who asks is who signed the second presentation, so there is no `client_id`. */
const parametersSchema = z.strictObject({
  grant_type: z.literal(jwtBearerGrantType),
  assertion: z.string().min(1),
  client_assertion_type: z.literal(jwtBearerClientAssertionType),
  client_assertion: z.string().min(1),
  scope: z.string().min(1).max(2048),
})

type Parameters = z.output<typeof parametersSchema>

/**
 * Two presentations for an access token: that of an organization, and that of the service provider that asks for it. Both
 * are held to the same rules. What both definitions ask under one field id must have one value.
 * @see RFC 7523; nuts-node v6, as it asks: one JWT each, no `client_id` and no `presentation_submission`
 */
export const jwtBearerGrant: GrantType = {
  name: jwtBearerGrantType,
  parse(given) {
    const parameters = parseParameters(parametersSchema, given)
    return {
      scope: parameters.scope,
      show({ definitions: { organization, service_provider: serviceProvider } }, readPresented) {
        if (serviceProvider === undefined)
          throw new NodeError('token.unsupported_grant', { notes: ['this scope asks for no service provider'] })
        return readBoth(parameters, organization, serviceProvider, readPresented)
      },
    }
  },
}

function readBoth(
  { assertion, client_assertion: clientAssertion }: Parameters,
  organizationDefinition: PresentationDefinition,
  serviceProviderDefinition: PresentationDefinition,
  readPresented: ReadPresented,
): ShownForToken {
  for (const [name, text] of Object.entries({ assertion, client_assertion: clientAssertion })) {
    if (!isOneJwt(text)) throw new NodeError('presentation.malformed', { notes: [`${name} must be one JWT`] })
  }
  const organization = readPresented('organization', assertion, organizationDefinition)
  const selection = carryOver(organization.match.values, serviceProviderDefinition)
  const serviceProvider = readPresented('service_provider', clientAssertion, serviceProviderDefinition, { selection })
  const nonces = [organization, serviceProvider].flatMap(({ signer, items }) =>
    items.map(({ nonce }) => JSON.stringify([signer, nonce])),
  )
  if (new Set(nonces).size < nonces.length) throw new NodeError('token.replayed')
  return { clientId: serviceProvider.signer, organization, serviceProvider }
}

function isOneJwt(text: string): boolean {
  return /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(text)
}

/**
 * The values that the second definition asks under the ids of fields of the first: they must be the same.
 * @throws `presentation.unfulfilled` for several values or none: those cannot be the same as one
 */
export function carryOver(values: FieldValues, { descriptors }: PresentationDefinition): Selection {
  const selection: Record<string, string> = {}
  for (const { id } of descriptors.flatMap(({ fields }) => fields)) {
    if (id === undefined || !Object.hasOwn(values, id)) continue
    const value = values[id]
    if (value === null || typeof value === 'object')
      throw new NodeError('presentation.unfulfilled', {
        notes: [`field ${id} of the organization has no single value that the service provider could have too`],
      })
    selection[id] = String(value)
  }
  return selection
}
