import { z } from 'zod'
import { toRfc3339, type Clock } from '../../node/kernel/clock.js'
import {
  createRegistryClient,
  type AccessToken,
  type GraphqlAnswer,
  type ListedParty,
  type RegistryClient,
} from '../../registry-client/client.js'
import { tellPatientSummary } from './patient-summary.js'
import type { Examples } from './examples.js'
import type { Narrator } from './narrator.js'
import { discoveryService } from './participants.js'
import { tellCatalogueSearch } from './catalogue-search.js'
import { tellJournal } from './journal.js'
import { readCredential } from './node-client.js'
import { expectRefusal, refusalOf } from './refusals.js'
import type { Member, World } from './world.js'

/** Scopes of the indicatieregister pack. */
export const indicatieScope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const autorisatieScope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'

const authorizedFields = [
  'WlzIndicatie.wlzindicatieID',
  'WlzIndicatie.ingangsdatum',
  'WlzIndicatie.geindiceerdZorgzwaartepakket',
  'GeindiceerdZorgzwaartepakket.zzpCode',
]

const indicatieQuery = `query Indicatie($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) {
    wlzindicatieID
    soortWlzindicatie
    ingangsdatum
    geindiceerdZorgzwaartepakket { zzpCode financiering }
    client { geslachtsnaam geboorteDatum }
  }
}`

const byIdQuery = (fields: string): string =>
  `query Indicatie($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { ${fields} } }`

const authorizedQuery = byIdQuery('wlzindicatieID ingangsdatum geindiceerdZorgzwaartepakket { zzpCode }')

const dataSchema = z.object({ wlzIndicatie: z.array(z.record(z.string(), z.unknown())) })

interface Stage {
  readonly world: World
  readonly tell: Narrator
  readonly examples: Examples
  readonly clock: Clock
}

/** Plays the story: one guarded read at the source, and everything that does not get through. */
export async function playStory(stage: Stage): Promise<void> {
  await clearEarlierAuthorizations(stage.world.member('zorgaanbieder'))
  const journalStart = (await stage.world.member('ciz').administrator.journal(0)).length
  const source = await findSource(stage)
  await tellCatalogueSearch(stage)
  const token = await readOwnIndicatie(stage, source)
  await readAsZuid(stage, source)
  await askWrongly(stage, source, token)
  await readWithAuthorization(stage, source)
  await useTokenElsewhere(stage, token)
  await tellPatientSummary(stage)
  await tellJournal(stage.world.member('ciz'), journalStart, stage.tell)
}

interface FoundSource {
  readonly url: string
  readonly authorizationServer: string
}

async function findSource({ world, tell }: Stage): Promise<FoundSource> {
  tell.step('Zorgkantoor Noord looks for who serves the indicatieregister.')
  const { value: found, milliseconds } = await timed(() =>
    clientOf(world.member('zorgkantoor-noord')).discover.listings(discoveryService, {
      'credentialSubject.indicatieregister': '*',
    }),
  )
  const [party] = found.parties
  tell.fact(
    `It looks in its own copy of the list, read at ${found.asOf ?? 'never'}; every entry in it was verified by Noord itself.`,
    milliseconds,
  )
  tell.expect(
    found.parties.length === 1 && party !== undefined && !found.stale,
    'one party serves it, and the copy is fresh',
  )
  const { url, authorizationServer } = addressesOf(party)
  tell.fact(`${String(party?.fields['organization_name'])} serves it at ${url}`)
  tell.fact(`Tokens come from ${authorizationServer}`)
  return { url, authorizationServer }
}

function addressesOf(party: ListedParty | undefined): FoundSource {
  const url = party?.parameters['indicatieregister']
  const authorizationServer = party?.parameters['authServerURL']
  if (url === undefined || authorizationServer === undefined) throw new Error('the indicatieregister was not found')
  return { url, authorizationServer }
}

async function readOwnIndicatie({ world, tell, examples }: Stage, source: FoundSource): Promise<AccessToken> {
  const noord = clientOf(world.member('zorgkantoor-noord'))
  tell.step('Noord proves who it is, and gets a token.')
  const { value: token, milliseconds } = await timed(() => tokenFor(noord, source, indicatieScope))
  tell.fact('CIZ asked for: a LedenadministratieCredential of an issuer that CIZ trusts.')
  tell.fact(
    'Noord showed: its membership, issued by the stelselbeheerder, in a presentation that lives 5 seconds.',
    milliseconds,
  )
  const says = await introspect(world.member('ciz'), token.token)
  tell.expect(
    says['active'] === true && says['organization_id'] === '5999',
    `CIZ knows the token as ${String(says['organization_name'])}, ${String(says['organization_role'])} ${String(says['organization_id'])}`,
  )

  tell.step('Noord reads the indicatie of its own client, at the source.')
  const variables = { id: examples.wlzindicatieID, uzovi: '5999' }
  const { value: answer, milliseconds: readMilliseconds } = await timed(() =>
    ask(noord, source, token, indicatieQuery, variables),
  )
  const [indicatie] = recordsOf(answer)
  tell.fact(`Permitted by rule ${String(answer.rule)}; answered by CIZ itself.`, readMilliseconds)
  tell.expect(
    indicatie?.['wlzindicatieID'] === examples.wlzindicatieID,
    `the indicatie, which holds from ${String(indicatie?.['ingangsdatum'])}`,
  )
  return token
}

async function readAsZuid({ world, tell, examples }: Stage, source: FoundSource): Promise<void> {
  const zuid = clientOf(world.member('zorgkantoor-zuid'))
  const token = await tokenFor(zuid, source, indicatieScope)

  tell.step('Zorgkantoor Zuid asks for the same indicatie, under its own uzovi.')
  const own = await ask(zuid, source, token, indicatieQuery, { id: examples.wlzindicatieID, uzovi: '5998' })
  tell.fact(`Permitted by rule ${String(own.rule)}: Zuid may ask about its own clients.`)
  tell.expect(recordsOf(own).length === 0, 'it gets an empty list: the client is not Zuid’s')

  tell.step('Zuid fills in the uzovi of Noord.')
  await expectRefusal(
    tell,
    ask(zuid, source, token, indicatieQuery, { id: examples.wlzindicatieID, uzovi: '5999' }),
    403,
  )
}

async function askWrongly({ world, tell, examples }: Stage, source: FoundSource, token: AccessToken): Promise<void> {
  const noord = clientOf(world.member('zorgkantoor-noord'))
  tell.step('Noord leaves its own uzovi out of the question.')
  await expectRefusal(
    tell,
    ask(noord, source, token, byIdQuery('wlzindicatieID'), { id: examples.wlzindicatieID }),
    403,
  )

  tell.step('Noord asks for a field that does not exist.')
  await expectRefusal(
    tell,
    ask(noord, source, token, byIdQuery('lievelingskleur'), { id: examples.wlzindicatieID }),
    400,
  )
}

async function readWithAuthorization({ world, tell, examples, clock }: Stage, source: FoundSource): Promise<void> {
  const member = world.member('zorgaanbieder')
  const aanbieder = clientOf(member)
  tell.step('The zorgaanbieder asks for the indicatie, on nothing but its membership.')
  const plain = await tokenFor(aanbieder, source, indicatieScope)
  await expectRefusal(tell, ask(aanbieder, source, plain, authorizedQuery, { id: examples.wlzindicatieID }), 403)
  tell.fact('Its wallet holds no authorization either:')
  const missing = await refusalOf(tokenFor(aanbieder, source, autorisatieScope))
  missing?.reasons.forEach((reason) => {
    tell.fact(`  ${reason}`)
  })
  tell.expect(missing?.problem === 'no-matching-credential', 'its own node says what is missing, and no token is asked')

  tell.step('The administrator of CIZ gives the zorgaanbieder an AutorisatieCredential for this one indicatie.')
  const credential = await issueAuthorization(world, examples.wlzindicatieID, toRfc3339(clock.now() + 7 * 86_400_000))
  await member.administrator.call('POST', '/internal/vcr/v2/holder/zorgaanbieder/vc', credential)
  tell.fact(
    `It names the record, ${String(authorizedFields.length)} fields, the purpose and the end; no BSN. It is in the wallet now.`,
  )
  const { value: token, milliseconds } = await timed(() => tokenFor(aanbieder, source, autorisatieScope))
  tell.fact('The zorgaanbieder showed its membership and the authorization, and got a token.', milliseconds)

  const allowed = await ask(aanbieder, source, token, authorizedQuery, { id: examples.wlzindicatieID })
  tell.expect(
    recordsOf(allowed).length === 1,
    `it reads the fields of the authorization, by rule ${String(allowed.rule)}`,
  )
  tell.step('The zorgaanbieder tries what the authorization does not say.')
  await expectRefusal(
    tell,
    ask(aanbieder, source, token, byIdQuery('wlzindicatieID bsn'), { id: examples.wlzindicatieID }),
    403,
  )
  await expectRefusal(tell, ask(aanbieder, source, token, authorizedQuery, { id: examples.otherWlzindicatieID }), 403)

  tell.step('Somebody else puts the authorization of the zorgaanbieder in its wallet.')
  const stolen = await world
    .member('zorgkantoor-zuid')
    .administrator.call('POST', '/internal/vcr/v2/holder/zorgkantoor-zuid/vc', credential)
    .then(() => undefined, String)
  tell.expect(
    stolen?.includes('credential-subject-mismatch') === true,
    'refused: the credential is about another organisation',
  )
}

async function useTokenElsewhere({ world, tell }: Stage, token: AccessToken): Promise<void> {
  tell.step('The token that CIZ gave to Noord is tried at another node.')
  const elsewhere = await introspect(world.member('zorgkantoor-zuid'), token.token)
  tell.expect(elsewhere['active'] === false, 'it means nothing there')
}

function clientOf(member: Member): RegistryClient {
  return createRegistryClient({ nodeUrl: member.internalUrl, subject: member.name })
}

/** A token that nobody used before, so that the journal tells the whole story. */
function tokenFor(registry: RegistryClient, { authorizationServer }: FoundSource, scope: string): Promise<AccessToken> {
  return registry.token({ authorizationServer, scope, fresh: true })
}

/** With this token and no other: who is refused in the story stays refused. */
function ask(
  registry: RegistryClient,
  { url }: FoundSource,
  token: AccessToken,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<GraphqlAnswer> {
  return registry.graphql({ url, token }, { query, variables })
}

async function issueAuthorization(world: World, wlzindicatieID: string, expirationDate: string): Promise<unknown> {
  const ciz = world.member('ciz')
  return ciz.administrator.call('POST', '/internal/vcr/v2/issuer/vc', {
    type: 'AutorisatieCredential',
    issuer: ciz.did,
    expirationDate,
    credentialSubject: {
      id: world.member('zorgaanbieder').did,
      legalBase: {
        consentType: 'implicit',
        evidence: { path: `/wlzIndicatie/${wlzindicatieID}`, type: 'wlzIndicatie' },
      },
      purposeOfUse: 'WLZ_UITVOERING',
      resources: [{ path: `/wlzIndicatie/${wlzindicatieID}`, operations: ['query'], userContext: false }],
      localParameters: { fields: authorizedFields },
    },
  })
}

/** The wallet may hold authorizations of an earlier run; the story begins without them. */
async function clearEarlierAuthorizations({ name, administrator }: Member): Promise<void> {
  for (const { id, types } of (await administrator.wallet(name)).map(readCredential)) {
    if (!types.includes('AutorisatieCredential')) continue
    await administrator.call('DELETE', `/internal/vcr/v2/holder/${name}/vc/${encodeURIComponent(id)}`)
  }
}

async function introspect(member: Member, token: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${member.internalUrl}/internal/auth/v2/accesstoken/introspect`, {
    method: 'POST',
    body: new URLSearchParams({ token }),
  })
  return z.record(z.string(), z.unknown()).parse(await response.json())
}

function recordsOf(answer: GraphqlAnswer): readonly Readonly<Record<string, unknown>>[] {
  return dataSchema.safeParse(answer.data).data?.wlzIndicatie ?? []
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly milliseconds: number }> {
  const startedAt = performance.now()
  const value = await work()
  return { value, milliseconds: performance.now() - startedAt }
}
