import { z } from 'zod'
import { createRegistryClient, type GraphqlAnswer } from '../../../registry-client/client.js'
import { serviceTokenAnswerSchema } from '../../../schemas/wire/oauth.js'
import type { Member, World } from '../world.js'

/** Scopes of the packs that guard the two Wlz registers. */
export const indicatieScope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
export const bemiddelingScope = 'registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read'

export const contributionScope = 'registers/eigenbijdrageregister/eigenbijdragen:read'

/** What the CAK charges somebody for support of the gemeente that asks, and whether something is charged for the Wlz. */
export const contributionOfGemeente = `query ($gemeente: String!, $bsn: String!) {
  eigenBijdrage(where: { gemeente: { eq: $gemeente }, domein: { eq: WMO }, client: { bsn: { eq: $bsn } } }) {
    soort ingangsdatum einddatum
  }
}`
export const contributionOfWlz = `query ($bsn: String!) {
  eigenBijdrage(where: { domein: { eq: WLZ }, client: { bsn: { eq: $bsn } } }) { ingangsdatum einddatum }
}`
export const indicatieOfZorgkantoor = `query ($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) {
    wlzindicatieID ingangsdatum geindiceerdZorgzwaartepakket { zzpCode } client { geslachtsnaam voornamen }
  }
}`
const byId = (fields: string): string =>
  `query ($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { ${fields} } }`
export const indicatieById = byId('wlzindicatieID ingangsdatum geindiceerdZorgzwaartepakket { zzpCode } client { bsn }')
export const indicatieOfCak = byId(
  'wlzindicatieID ingangsdatum einddatum vervaldatum geindiceerdZorgzwaartepakket { voorkeurClient ingangsdatum einddatum }',
)
export const stoornisById = byId('wlzindicatieID stoornis { ziektebeeldStoornis }')
export const specificatieOfAanbieder = `query ($id: UUID!, $agb: String!, $van: Date!, $tot: Date!) {
  bemiddelingspecificatie(where: {
    bemiddelingspecificatieID: { eq: $id }, instelling: { eq: $agb },
    toewijzingIngangsdatum: { eq: $van }, toewijzingEinddatum: { eq: $tot }
  }) { leveringsvorm zzpCode toewijzingIngangsdatum toewijzingEinddatum bemiddeling { wlzIndicatieID client { bsn } } }
}`

/** Where something is asked, and who gives tokens for it. */
export interface Source {
  readonly url: string
  readonly authorizationServer: string
}

/** The source of this name of a member. */
export function sourceOf(world: World, name: string, source: string): Source {
  const { sources, authorizationServer } = world.member(name)
  return { url: sources[source] ?? '', authorizationServer }
}

/** What an application behind the node of `member` does: a token by the normal grant, and the question. */
export async function ask(
  member: Member,
  { url, authorizationServer }: Source,
  scope: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<GraphqlAnswer> {
  const registry = createRegistryClient({ nodeUrl: member.internalUrl, subject: member.name })
  const token = await registry.token({ authorizationServer, scope })
  return registry.graphql({ url, token }, { query, variables })
}

/** The same as one of the desks of a gemeente: with the membership that says so, of those that the node holds. */
export async function askAsDesk(
  desk: Member['desks'][number],
  member: Member,
  { url, authorizationServer }: Source,
  { scope, query, variables }: { readonly scope: string; readonly query: string; readonly variables: GraphqlVariables },
): Promise<GraphqlAnswer> {
  const given = await member.administrator.call(
    'POST',
    `/internal/auth/v2/${member.name}/request-service-access-token`,
    {
      authorization_server: authorizationServer,
      scope,
      credential_selection: { organization_role: desk },
    },
  )
  const {
    access_token: token,
    token_type: type,
    expires_in: expiresInSeconds,
    dpop_kid: keyId,
  } = serviceTokenAnswerSchema.parse(given)
  const registry = createRegistryClient({ nodeUrl: member.internalUrl, subject: member.name })
  const held = { token, type, expiresInSeconds, ...(keyId === undefined ? {} : { keyId }) }
  return registry.graphql({ url, token: held }, { query, variables })
}

type GraphqlVariables = Readonly<Record<string, unknown>>

/** The records of a root field of an answer. */
export function recordsIn({ data }: GraphqlAnswer, root: string): readonly unknown[] {
  return z.record(z.string(), z.array(z.unknown())).parse(data)[root] ?? []
}

const contributionsSchema = z.array(z.object({ ingangsdatum: z.string(), einddatum: z.string().nullable() }))

/** The eigen bijdragen of an answer. */
export function contributionsIn(answer: GraphqlAnswer): z.output<typeof contributionsSchema> {
  return contributionsSchema.parse(recordsIn(answer, 'eigenBijdrage'))
}
