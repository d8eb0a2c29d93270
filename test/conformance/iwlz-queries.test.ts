import { describe, expect, test } from '@jest/globals'
import { buildSchema } from 'graphql'
import { decideWithFacts } from '../../node/policy/decide.js'
import type { AskFact } from '../../node/policy/fact.js'
import type { Claims } from '../../node/policy/question.js'
import { memberRoles } from '../../schemas/credentials/ledenadministratie.js'
import { compileForTest, findPack, questionOf } from '../support/pack-questions.js'
import { readingOf } from '../support/reading.js'
import { describeWithShared } from '../support/shared.js'

const id = '6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const now = Date.parse('2026-11-24T09:00:00Z')
const numbers: Readonly<Record<string, readonly [string, string]>> = {
  zorgaanbieder: ['agb', '01019999'],
  zorgkantoor: ['uzovi', '5999'],
  ciz: ['kvk', '62253778'],
  huisarts: ['agb', '01019999'],
  cak: ['kvk', '62253779'],
}

/** A member in this role, with the number that members of it have: for some roles the very number that is asked with. */
function memberOf(role: string): Claims {
  const [organization_id_type, organization_id] = numbers[role] ?? ['oin', '00000001001234567000']
  return { organization_name: 'Lid', organization_role: role, organization_id_type, organization_id }
}

const window = {
  ToewijzingIngangsdatum: '2024-03-01',
  ToewijzingEinddatum: '2026-01-31',
  ToewijzingEinddatum2Jaar: '2028-01-31',
  ToewijzingEinddatum31Mei: '2027-05-31',
}
const { ToewijzingIngangsdatum } = window
const agb = { BemiddelingspecificatieID: id, Instelling: '01019999' }
const uzovi = { bemiddelingspecificatieId: id, uitvoerendZorgkantoor: '5999' }
const overdracht = { overdrachtID: id, verantwoordelijkZorgkantoor: '5999' }

interface Published {
  readonly file: string
  readonly pack: string
  readonly schema: string
  readonly scope: string
  readonly role: string
  readonly rule: string
  readonly variables: Readonly<Record<string, string>>
}

const bemiddeling = {
  pack: 'bemiddelingsregister',
  schema: 'bemiddelingsregister-1.graphql',
  scope: 'registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read',
}
const queries: readonly Published[] = [
  { file: 'QBR-0001-ZA', role: 'zorgaanbieder', rule: 'QBR-0001-ZA.v1', variables: agb },
  { file: 'QBR-0002-ZA', role: 'zorgaanbieder', rule: 'QBR-0002-ZA.v1', variables: { ...agb, ...window } },
  { file: 'QBR-0003-ZA', role: 'zorgaanbieder', rule: 'QBR-0003-ZA.v1', variables: { ...agb, ToewijzingIngangsdatum } },
  { file: 'QBR-0004-ZKu', role: 'zorgkantoor', rule: 'QBR-0004-ZKU.v1', variables: uzovi },
  {
    file: 'QBR-0005-ZKu',
    role: 'zorgkantoor',
    rule: 'QBR-0005-ZKU.v1',
    variables: { BemiddelingspecificatieID: id, UitvoerendZorgkantoor: '5999', ...window },
  },
  {
    file: 'QBR-0006-ZKu',
    role: 'zorgkantoor',
    rule: 'QBR-0006-ZKU.v1',
    variables: { ...uzovi, ToewijzingIngangsdatum },
  },
  { file: 'QBR-0007-ZKn', role: 'zorgkantoor', rule: 'QBR-0007-ZKN.v1', variables: overdracht },
  {
    file: 'QBR-0008-ZKn',
    role: 'zorgkantoor',
    rule: 'QBR-0008-ZKN.v1',
    variables: { ...overdracht, overdrachtDatum: '2026-10-01' },
  },
  {
    file: 'QBR-0009-ZAr',
    role: 'zorgaanbieder',
    rule: 'QBR-0009-ZAR.v1',
    variables: { regiehouderID: id, Instelling: '01019999' },
  },
  { file: 'QBR-0010-CIZ', role: 'ciz', rule: 'QBR-0010-CIZ.v1', variables: { wlzIndicatieID: id } },
].map((query) => ({ ...bemiddeling, ...query }))

const indicatie: Published = {
  file: 'QIR-0001-ZKi',
  pack: 'indicatieregister',
  schema: 'indicatieregister-2.graphql',
  scope: 'registers/wlzindicatieregister/indicaties/indicatie:read',
  role: 'zorgkantoor',
  rule: 'UCIR-0001.v1',
  variables: { wlzIndicatieID: id, initieelVerantwoordelijkZorgkantoor: '5999' },
}

/** By root, something that no published query asks at that place. */
const notAskedBelow: Readonly<Record<string, string>> = {
  bemiddelingspecificatie: 'overdrachtspecificatie { overdrachtspecificatieID }',
  overdracht: 'bemiddeling { overdracht { overdrachtID } }',
  regiehouder: 'bemiddeling { client { contactgegevens { postcode } } }',
  bemiddeling: 'client { bsn }',
}

const nothingHolds: AskFact = () => Promise.resolve({ holds: false, source: 'elders' })

describeWithShared('a published query', ['official', 'iwlz'], (readPublished) => {
  describe.each([...queries, indicatie])('$file, unchanged', (published) => {
    const schema = buildSchema(readPublished(published.schema))
    const text = readPublished(`${published.file}.graphql`)
    const pack = compileForTest(findPack(published.pack))
    const decide = async (claims: Claims, query = text, variables = published.variables) => {
      const context = { scopes: [published.scope], time: now }
      return decideWithFacts(questionOf(readingOf(schema, query, variables), claims, context), pack, nothingHolds)
    }
    const entitled = memberOf(published.role)

    test(`is permitted to who is entitled, by ${published.rule}`, async () => {
      expect(await decide(entitled)).toMatchObject({ permitted: true, rule: published.rule })
    })

    test.each(memberRoles.filter((role) => role !== published.role))('is refused to a %s', async (role) => {
      expect((await decide(memberOf(role))).permitted).toBe(false)
    })

    test('is refused to another of the same role', async () => {
      if (published.role === 'ciz')
        return expect((await decide({ ...entitled, organization_role: 'cak' })).permitted).toBe(false)
      expect((await decide({ ...entitled, organization_id: '5998' })).permitted).toBe(false)
      expect((await decide({ ...entitled, organization_id_type: 'kvk' })).permitted).toBe(false)
    })

    test('is permitted with an alias and a fragment that ask the same', async () => {
      const renamed = text.replace(/\b(wlz[iI]ndicatieID)(?=\r?\n)/, '$1 anders: $1 ... { nogEens: $1 }')
      expect(renamed).not.toBe(text)
      expect((await decide(entitled, renamed)).permitted).toBe(true)
    })

    const more = notAskedBelow[readingOf(schema, text, published.variables).operation]
    if (more !== undefined) {
      test.each<[string, (field: string) => string]>([
        ['as it is', (field) => field],
        ['under an alias', (field) => `nogIets: ${field}`],
        ['in an inline fragment', (field) => `... { ${field} }`],
      ])('is refused with one thing more, %s', async (_, wrap) => {
        const at = text.lastIndexOf('}', text.lastIndexOf('}') - 1)
        const smuggled = `${text.slice(0, at)} ${wrap(more)} ${text.slice(at)}`
        expect((await decide(entitled, smuggled)).permitted).toBe(false)
      })
    }

    test('is refused under another scope', async () => {
      const context = { scopes: ['registers/wlzbemiddelingsregister/pip:read'], time: now }
      const question = questionOf(readingOf(schema, text, published.variables), entitled, context)
      expect((await decideWithFacts(question, pack, nothingHolds)).permitted).toBe(false)
    })
  })
})
