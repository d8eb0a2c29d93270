import { expect, test } from '@jest/globals'
import {
  parseCompactCredential,
  parseObjectCredential,
  type Credential,
} from '../../../../node/credentials/credential.js'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import { matchDefinition } from '../../../../node/credentials/exchange/match.js'
import { createTestHolder, testStart, type Json } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'
import { describeWithShared } from '../../../support/shared.js'

const issuer = createTestHolder()

describeWithShared('published definitions', ['official', 'nuts'], (read) => {
  const organization = { id: 'did:web:a.example', organization: { name: 'We care', city: 'IJbergen' } }
  const tokenOf = (alg: string, subject: Json = organization): Credential =>
    parseCompactCredential(
      issuer.signVc({ type: 'NutsOrganizationCredential', subject, now: testStart, header: { alg } }),
    )
  const object = parseObjectCredential({
    '@context': ['https://www.w3.org/2018/credentials/v1', 'https://nuts.nl/credentials/v1'],
    type: ['VerifiableCredential', 'NutsOrganizationCredential'],
    id: 'urn:uuid:1',
    issuer: 'did:web:a.example',
    issuanceDate: '2026-11-24T09:00:00Z',
    credentialSubject: organization,
  })
  const matches = (file: string, credential: Credential): boolean | undefined =>
    compileDefinition(JSON.parse(read(file))).descriptors[0]?.match(credential).matched

  test.each([
    ['pd_jwt.json', false, true],
    ['pd_jsonld.json', true, false],
    ['pd_jsonld_jwt.json', true, true],
  ])('%s is fulfilled by the forms that it names', (file, byObject, byToken) => {
    expect([matches(file, object), matches(file, tokenOf('ES384'))]).toEqual([byObject, byToken])
  })

  test('are not fulfilled by another algorithm, city or name', () => {
    const others = [
      tokenOf('ES256'),
      tokenOf('ES384', { ...organization, organization: { name: 'We care', city: 'Noordstad' } }),
      tokenOf('ES384', { ...organization, organization: { name: 'Nobody', city: 'IJbergen' } }),
    ]
    expect(others.map((credential) => matches('pd_jwt.json', credential))).toEqual([false, false, false])
  })

  test('yield the values of the fields that have an id', () => {
    const { descriptors } = compileDefinition(JSON.parse(read('pd_jsonld_jwt.json')))
    expect(descriptors[0]?.match(object)).toEqual({
      matched: true,
      values: {
        credentialsubject_organization_city: 'IJbergen',
        credentialsubject_organization_name: 'We care',
      },
    })
  })

  test('that let the holder choose take the first that can be answered', () => {
    const definition = compileDefinition(JSON.parse(read('pd_jsonld_jwt_pick.json')))
    const answers = (...credentials: readonly Credential[]): unknown =>
      matchDefinition(definition, credentials).byDescriptor.map(({ descriptor, credential }) => [
        descriptor,
        credential.format,
      ])
    expect([answers(tokenOf('ES384')), answers(object), answers(tokenOf('ES384'), object)]).toEqual([
      [['as_jwt', 'jwt_vc']],
      [['as_jsonld', 'ldp_vc']],
      [['as_jsonld', 'ldp_vc']],
    ])
    const refusal = refusalOf(() => matchDefinition(definition, [tokenOf('ES256')]))
    expect([refusal.code, refusal.notes[0]]).toEqual([
      'presentation.unfulfilled',
      'vc: 0 of the 1 needed from as_jsonld, as_jwt',
    ])
  })
})
