import { z } from 'zod'
import { createRegistryClient, type GraphqlAnswer } from '../../../registry-client/client.js'
import type { Member, World } from '../world.js'

/** Scopes of the packs that guard the two Wlz registers. */
export const indicatieScope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
export const bemiddelingScope = 'registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read'

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

/** The records of a root field of an answer. */
export function recordsIn({ data }: GraphqlAnswer, root: string): readonly unknown[] {
  return z.record(z.string(), z.array(z.unknown())).parse(data)[root] ?? []
}
