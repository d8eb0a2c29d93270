import { describe, expect, test } from '@jest/globals'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import { createKnownParties, identifierOf } from '../../../../node/tokens/nid/known-parties.js'
import { nidSchema } from '../../../../schemas/nid.js'
import { refusalOf } from '../../../support/refusals.js'
import { createTokenWorld, scope, autorisatieScope, zorgkantoor } from '../../../support/token-world.js'

const world = await createTokenWorld()
const known = (...entries: readonly object[]) =>
  createKnownParties({
    known: nidSchema.parse({ authorities: 'ca.pem', known: entries }).known,
    verifier: world.node.verifier,
    readFile: (path) => files.get(path) ?? 'geen lidmaatschap',
  })
const files = new Map([
  ['lid.jwt', world.membership()],
  ['endless.jwt', world.membership({ claims: { exp: undefined } })],
  [
    'other.jwt',
    world.stelselbeheerder.issue({
      type: 'AnderCredential',
      subject: { id: world.member.did, organization: zorgkantoor },
    }),
  ],
])
const fingerprint = 'ab'.repeat(32)
const entry = { serial: '1', fingerprint, organization: zorgkantoor }
const certificate = (changes: object = {}) => ({ serial: '1', fingerprint, expiresAt: 0, ...changes })

describe('who is known', () => {
  test('is found by its number, by its certificate and by its identifier', () => {
    const parties = known(entry)
    expect(parties.findByCertificate(certificate({ fingerprint: 'cd' }))?.name).toBe('uzovi:5999')
    expect(parties.findByCertificate(certificate({ serial: undefined }))?.name).toBe('uzovi:5999')
    expect(parties.findByCertificate(certificate({ serial: '2', fingerprint: 'cd' }))).toBeUndefined()
    expect(parties.findByIdentifier('uzovi:5999')).toBeDefined()
    expect(parties.findByIdentifier('uzovi:5998')).toBeUndefined()
  })

  test('without a certificate is not found by one that has no number', () => {
    const parties = known({ organization: zorgkantoor })
    expect(parties.findByCertificate(certificate({ serial: undefined }))).toBeUndefined()
  })

  test('is named as the afsprakenstelsel writes it', () => {
    expect(identifierOf({ id_type: 'agb', id: '06999901' })).toBe('agbcode:06999901')
  })
})

describe('settings that contradict themselves', () => {
  test.each([
    [
      'one number twice',
      [entry, { ...entry, fingerprint: undefined, organization: { ...zorgkantoor, id: '5998' } }],
      '1 twice',
    ],
    [
      'one certificate twice',
      [entry, { ...entry, serial: '2', organization: { ...zorgkantoor, id: '5998' } }],
      `${fingerprint} twice`,
    ],
    ['one identifier twice', [entry, { organization: zorgkantoor }], 'uzovi:5999 twice'],
    ['an identifier that is none', [{ organization: { ...zorgkantoor, id: '12' } }], 'an id that is no uzovi'],
    ['nobody behind a certificate', [{ serial: '1' }], 'an entry without an organisation'],
    ['a file that is no membership', [{ membership: 'ander.jwt' }], 'a file without a membership'],
    ['a membership without an end', [{ membership: 'endless.jwt' }], 'a file without a membership'],
    ['another credential about an organisation', [{ membership: 'other.jwt' }], 'a file without a membership'],
  ])('with %s stop the start', (_what, entries, note) => {
    const refusal = refusalOf(() => known(...entries))
    expect(refusal.code).toBe('config.invalid')
    expect(refusal.notes.join()).toContain(note)
  })

  test.each([
    ['nobody', { authorities: 'a', known: [] }],
    ['a lifetime of more than an hour', { authorities: 'a', lifetimeSeconds: 3601, known: [entry] }],
    ['something that does not exist', { authorities: 'a', known: [entry], iss: 'x' }],
  ])('with %s are refused', (_what, settings) => {
    expect(nidSchema.safeParse(settings).success).toBe(false)
  })
})

describe('what a certificate stands for', () => {
  const [party] = [known(entry).findByIdentifier('uzovi:5999')]
  const definitionOf = (name: string) => world.profiles.get(name).definitions.organization

  test('is a membership', () => {
    expect(party?.claimsFor(definitionOf(scope))).toMatchObject({
      organization_name: 'Zorgkantoor Noord',
      organization_role: 'zorgkantoor',
      organization_id_type: 'uzovi',
      organization_id: '5999',
    })
  })

  const lid = definitionOf(scope).data
  const [membership] = lid.input_descriptors
  const fields = membership?.constraints.fields ?? []
  const withFields = (added: readonly object[]) => ({
    ...lid,
    input_descriptors: [{ id: 'lidmaatschap', constraints: { fields: [...fields, ...added] } }],
  })
  test.each([
    ['an authorization beside it', definitionOf(autorisatieScope).data],
    [
      'another type',
      {
        ...lid,
        input_descriptors: [
          {
            id: 'x',
            constraints: { fields: [{ path: ['$.type'], filter: { type: 'string', const: 'NutsUraCredential' } }] },
          },
        ],
      },
    ],
    ['a field that no certificate proves', withFields([{ id: 'kleur', path: ['$.credentialSubject.kleur'] }])],
    [
      'a value of a field without a name',
      withFields([{ path: ['$.credentialSubject.organization.role'], filter: { type: 'string', const: 'ciz' } }]),
    ],
    [
      'a field under the name of another',
      {
        ...lid,
        input_descriptors: [
          {
            id: 'x',
            constraints: {
              fields: [
                ...fields.slice(0, 2),
                { id: 'organization_id', path: ['$.credentialSubject.organization.city'] },
              ],
            },
          },
        ],
      },
    ],
    [
      'one value of a field',
      {
        ...lid,
        input_descriptors: [
          {
            id: 'x',
            constraints: {
              fields: [
                ...fields.slice(0, 2),
                {
                  id: 'organization_role',
                  path: ['$.credentialSubject.organization.role'],
                  filter: { type: 'string', const: 'ciz' },
                },
              ],
            },
          },
        ],
      },
    ],
  ])('is not %s', (_what, data) => {
    expect(refusalOf(() => party?.claimsFor(compileDefinition(data))).code).toBe('token.scope_refused')
  })
})

describe('what a membership stands for', () => {
  const party = known({ membership: 'lid.jwt' }).findByIdentifier('uzovi:5999')
  const definitionOf = (name: string) => world.profiles.get(name).definitions.organization

  test('is what a definition asks of it', () => {
    expect(party?.claimsFor(definitionOf(scope))).toMatchObject({
      organization_name: 'Zorgkantoor Noord',
      organization_id: '5999',
    })
  })

  test('is not what the definition asks beside it, and the refusal says what that is', () => {
    const refusal = refusalOf(() => party?.claimsFor(definitionOf(autorisatieScope)))
    expect([refusal.code, refusal.notes]).toEqual(['token.scope_refused', [expect.stringContaining('autorisatie')]])
  })
})
