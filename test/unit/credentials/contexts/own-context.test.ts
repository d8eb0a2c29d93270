import { readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { bronnetContext, bronnetContextFile } from '../../../../node/credentials/contexts/load-contexts.js'
import { createLinkedData } from '../../../../node/credentials/proofs/linked-data.js'
import { packageFile } from '../../../../node/kernel/package-root.js'
import { goodSubjects } from '../../../support/credential-examples.js'
import { autorisatieSubject, type Json } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const did = 'did:web:node.example:iam:1'
const linkedData = createLinkedData({ examples: false })
const subjects: Readonly<Record<string, Json>> = {
  ...goodSubjects(did),
  AutorisatieCredential: {
    ...autorisatieSubject(did),
    legalBase: { consentType: 'explicit', evidence: { path: '/toestemming/1', type: 'toestemming' } },
  },
}

const credential = (type: string, base: string, subject = subjects[type]): Json => ({
  '@context': [base, bronnetContext],
  id: `${did}#1`,
  type: ['VerifiableCredential', type],
  issuer: did,
  credentialSubject: subject,
})

const text = await readFile(packageFile('schemas', 'contexts', bronnetContextFile), 'utf8')
const types = Object.keys((JSON.parse(text) as { '@context': Json })['@context']).filter(
  (term) => !term.startsWith('@'),
)

describe.each([['https://www.w3.org/2018/credentials/v1'], ['https://www.w3.org/ns/credentials/v2']])(
  'our own context after %s',
  (base) => {
    test.each(types.map((type) => [type]))('gives every term of a %s a meaning of its own', async (type) => {
      const statements = await linkedData.canonicalize(credential(type, base), { undefinedTerms: 'refuse-and-name' })
      for (const value of leavesOf(subjects[type] ?? {})) {
        expect(statements).toContain(value === did ? `<${did}>` : `"${String(value)}"`)
      }
    })

    test('keeps the identifier of a member apart from the DID that it is about', async () => {
      const statements = await linkedData.canonicalize(credential('LedenadministratieCredential', base), {
        undefinedTerms: 'refuse-and-name',
      })
      expect(statements).toMatch(/<https:\/\/w3id\.org\/bronnet\/credentials#identifier> "5999"/)
      expect(statements).toContain(`<${did}> <https://w3id.org/bronnet/credentials#organization>`)
    })

    test('gives no meaning to a term that is not in it', async () => {
      const subject = { ...subjects['LedenadministratieCredential'], extra: 'x' }
      const refusal = await rejectionOf(
        linkedData.canonicalize(credential('LedenadministratieCredential', base, subject), {
          undefinedTerms: 'refuse-and-name',
        }),
      )
      expect(refusal.code).toBe('credential.context')
    })
  },
)

function leavesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]
}
