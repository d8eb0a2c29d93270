import { describe, expect, test } from '@jest/globals'
import { parseCompactCredential, type Credential } from '../../node/credentials/credential.js'
import { matchDefinition } from '../../node/credentials/exchange/match.js'
import { createTrust } from '../../node/credentials/trust.js'
import { checkTypeRules } from '../../node/credentials/types/table.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { decideWithFacts } from '../../node/policy/decide.js'
import { compilePack, readPacks } from '../../node/policy/pack.js'
import type { Claims } from '../../node/policy/question.js'
import { rejectionOf } from '../support/refusals.js'

const ciz = 'did:web:ciz.example'
const beheerder = 'did:web:stelsel.example'
const linde = 'did:web:linde.example'
const wlzindicatieID = '6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const scope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'

const autorisatie = {
  id: linde,
  legalBase: { consentType: 'implicit' },
  purposeOfUse: 'WLZ_UITVOERING',
  resources: [{ path: `/wlzIndicatie/${wlzindicatieID}`, operations: ['query'], userContext: false }],
  localParameters: { fields: ['WlzIndicatie.wlzindicatieID', 'WlzIndicatie.ingangsdatum'] },
}

/** A credential that nobody signed: what fits a definition is decided before signatures are looked at. */
function credential(type: string, iss: string, subject: unknown): Credential {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const vc = {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', type],
    credentialSubject: [subject],
  }
  const claims = { iss, sub: linde, jti: `${iss}#1`, nbf: 1_790_000_000, exp: 1_798_761_600, vc }
  return parseCompactCredential(
    `${encode({ alg: 'ES256', kid: `${iss}#key` })}.${encode(claims)}.${encode('signature')}`,
  )
}

const lidmaatschap = credential('LedenadministratieCredential', beheerder, {
  id: linde,
  organization: { name: 'De Linde', city: 'Lindedorp', id: '01019999', id_type: 'agb', role: 'zorgaanbieder' },
})

const data = (await readPacks(packageFile('policies'))).get('indicatieregister')
if (data === undefined) throw new Error('the pack is gone')
const trust = createTrust({ LedenadministratieCredential: [beheerder] })
const pack = compilePack(data, { bronhouder: ciz, trust })
const profile = pack.profiles.find((candidate) => candidate.scope === scope)
if (profile === undefined) throw new Error('the scope is gone')
const definition = profile.definitions.organization

/** The claims of a presentation with these credentials. */
async function claimsOf(...credentials: readonly Credential[]): Promise<Claims> {
  const { values } = matchDefinition(definition, credentials)
  // The fields of the pack yield texts and one list of texts.
  return values as Claims
}

describe('an AutorisatieCredential beside a membership', () => {
  const evidence = [lidmaatschap, credential('AutorisatieCredential', ciz, autorisatie)]

  test('is as its type demands', () => {
    for (const each of evidence) expect(checkTypeRules(each).type).toBe(each.type)
  })

  test('fulfils the definition of the pack and yields the record, the fields and the end', async () => {
    expect(await claimsOf(...evidence)).toEqual({
      organization_name: 'De Linde',
      organization_role: 'zorgaanbieder',
      organization_id_type: 'agb',
      organization_id: '01019999',
      autorisatie_id: `${ciz}#1`,
      autorisatie_wlzindicatieID: wlzindicatieID,
      autorisatie_velden: ['WlzIndicatie.wlzindicatieID', 'WlzIndicatie.ingangsdatum'],
      autorisatie_geldigTot: '2027-01-01T00:00:00Z',
    })
  })

  test('lets its holder read that record and those fields', async () => {
    const decision = await decideWithFacts(
      {
        requester: { did: linde, claims: await claimsOf(...evidence) },
        action: 'QUERY',
        resource: {
          party: 'ciz',
          source: 'indicatieregister',
          operation: 'wlzIndicatie',
          filters: [{ path: 'wlzindicatieID', operator: 'eq', value: wlzindicatieID }],
          where: undefined,
          nested: [],
          order: [],
          fields: ['WlzIndicatie.ingangsdatum'],
          paths: ['ingangsdatum'],
        },
        context: { scopes: [scope], time: Date.parse('2026-11-24T09:00:00Z') },
      },
      pack,
      () => Promise.reject(new Error('no fact is asked')),
    )
    expect(decision).toMatchObject({ permitted: true, rule: 'AUTORISATIE-INDICATIE.v1', purpose: 'WLZ_UITVOERING' })
  })

  test.each([
    ['of another issuer than the bronhouder', credential('AutorisatieCredential', beheerder, autorisatie)],
    ['for another purpose', credential('AutorisatieCredential', ciz, { ...autorisatie, purposeOfUse: 'ONDERZOEK' })],
    [
      'for a record of another kind',
      credential('AutorisatieCredential', ciz, {
        ...autorisatie,
        resources: [{ ...autorisatie.resources[0], path: `/bemiddeling/${wlzindicatieID}` }],
      }),
    ],
    [
      'for everything below a path',
      credential('AutorisatieCredential', ciz, {
        ...autorisatie,
        resources: [{ ...autorisatie.resources[0], path: `/wlzIndicatie/${wlzindicatieID}/client` }],
      }),
    ],
    ['without fields', credential('AutorisatieCredential', ciz, { ...autorisatie, localParameters: {} })],
  ])('%s does not fulfil the definition', async (_, other) => {
    const { code, notes } = await rejectionOf(claimsOf(lidmaatschap, other))
    expect(code).toBe('presentation.unfulfilled')
    expect(notes).toEqual([expect.stringMatching(/^autorisatie: /)])
  })

  test('does not stand in for a membership of a trusted issuer', async () => {
    const own = credential('LedenadministratieCredential', ciz, lidmaatschap.subject)
    const { notes } = await rejectionOf(claimsOf(own, ...evidence.slice(1)))
    expect(notes).toEqual([expect.stringMatching(/^lidmaatschap: /)])
  })
})
