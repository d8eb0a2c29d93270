import { describe, expect, test } from '@jest/globals'
import { parseCompactCredential, type Credential } from '../../../../node/credentials/credential.js'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import { describeBarred, explainDefinition, renderExplanation } from '../../../../node/credentials/exchange/explain.js'
import { createTestHolder, memberSubject, testStart } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const did = 'did:web:noord.example'
const issuer = createTestHolder()

const memberOf = (role: string, name = 'Zorgkantoor Noord'): Credential =>
  parseCompactCredential(
    issuer.signVc({
      type: 'LedenadministratieCredential',
      subject: memberSubject(did, { role, name }),
      now: testStart,
    }),
  )
const zorgkantoor = memberOf('zorgkantoor')
const gemeente = memberOf('gemeente', 'Gemeente Voorbeeld')

const definition = compileDefinition({
  id: 'lid',
  input_descriptors: [
    {
      id: 'member',
      purpose: 'only members read here',
      constraints: {
        fields: [
          { path: ['$.issuer'], filter: { type: 'string', enum: [issuer.did, 'did:web:ander.example'] } },
          {
            id: 'role',
            path: ['$.credentialSubject[0].organization.role'],
            filter: { type: 'string', const: 'zorgkantoor' },
          },
          { id: 'agb', path: ['$.credentialSubject[0].organization.agb'], optional: true },
        ],
      },
    },
  ],
})

describe('an explanation', () => {
  test('of what is fulfilled says by which credential', () => {
    const explanation = explainDefinition(definition, [{ credential: gemeente }, { credential: zorgkantoor }])
    expect(explanation).toMatchObject({ definition: 'lid', fulfilled: true, missing: [] })
    expect(explanation.descriptors[0]?.credentials.map(({ id, fits }) => [id, fits])).toEqual([
      [zorgkantoor.id, true],
      [gemeente.id, false],
    ])
  })

  test('says per descriptor, credential and field what failed', () => {
    const explanation = explainDefinition(definition, [{ credential: gemeente }])
    expect(explanation.fulfilled).toBe(false)
    expect(explanation.descriptors).toMatchObject([
      {
        id: 'member',
        purpose: 'only members read here',
        fulfilled: false,
        asks: [
          { field: '$.issuer' },
          { field: 'role', expected: 'is "zorgkantoor"' },
          { field: 'agb', expected: 'is there' },
        ],
        credentials: [
          {
            id: gemeente.id,
            type: 'LedenadministratieCredential',
            fits: false,
            faults: [
              {
                kind: 'mismatch',
                field: 'role',
                path: '$.credentialSubject[0].organization.role',
                expected: 'is "zorgkantoor"',
              },
            ],
          },
        ],
      },
    ])
  })

  test('says where a field was looked for that is absent, and what it asks', () => {
    const fields = [{ id: 'agb', path: ['$.a', '$.b'], filter: { type: 'string', const: '06020101' } }]
    const asking = compileDefinition({ id: 'd', input_descriptors: [{ id: 'member', constraints: { fields } }] })
    const [descriptor] = explainDefinition(asking, [{ credential: zorgkantoor }]).descriptors
    expect(descriptor?.credentials[0]?.reasons).toEqual([
      'field agb is absent (looked at $.a, $.b), and it should be one that is "06020101"',
    ])
  })

  test('is written for people, fulfilled or not, with a purpose or without', () => {
    const [member] = definition.data.input_descriptors
    const { purpose: _, ...silent } = member ?? { purpose: '' }
    const without = compileDefinition({ ...definition.data, input_descriptors: [silent] })
    const fulfilled = renderExplanation(explainDefinition(without, [{ credential: zorgkantoor }]))
    expect(fulfilled.slice(0, 3)).toEqual(['The wallet fulfils the definition lid.', '', 'ok      member'])
    expect(fulfilled.at(-1)).toBe(`  fits: LedenadministratieCredential ${zorgkantoor.id}`)
    expect(renderExplanation(explainDefinition(definition, []))).toEqual([
      'The wallet does not fulfil the definition lid.',
      '  missing: member: there is no credential',
      '',
      'MISSING member: only members read here',
      expect.stringMatching(/^ {2}asks: \$\.issuer is one of /),
      '  asks: role is "zorgkantoor"',
      '  asks: agb is there',
      '  the wallet holds no credential',
    ])
  })

  test('shows no value of a credential', () => {
    const explanation = explainDefinition(definition, [{ credential: gemeente }])
    const text = JSON.stringify(explanation) + renderExplanation(explanation).join('\n')
    expect(text).not.toMatch(/gemeente|Gemeente|Noordstad|5999/)
  })

  test('tells an issuer that is not accepted from another value', () => {
    const stranger = parseCompactCredential(
      createTestHolder().signVc({
        type: 'LedenadministratieCredential',
        subject: memberSubject(did),
        now: testStart,
      }),
    )
    const [descriptor] = explainDefinition(definition, [{ credential: stranger }]).descriptors
    expect(descriptor?.credentials[0]?.reasons).toEqual([
      expect.stringMatching(/^its issuer is not one that the definition accepts: /),
    ])
  })

  test('says what is wrong with a credential that would fit', () => {
    const held = [{ credential: zorgkantoor, unusable: 'the LedenadministratieCredential has expired' }]
    const explanation = explainDefinition(definition, held)
    expect(explanation).toMatchObject({ fulfilled: false, missing: ['member: there is no credential'] })
    expect(explanation.descriptors[0]?.credentials[0]).toMatchObject({
      fits: false,
      reasons: ['the LedenadministratieCredential has expired'],
      faults: [],
    })
  })

  test('names in a line what would fit, were it not over', () => {
    const unusable = 'the LedenadministratieCredential has expired'
    const held = [
      { credential: zorgkantoor, unusable },
      { credential: gemeente, unusable },
      { credential: zorgkantoor },
    ]
    expect(describeBarred(definition, held)).toEqual([`member: ${unusable}`])
  })

  test('puts the nearest credential first', () => {
    const format = { ldp_vc: { proof_type: ['JsonWebSignature2020'] } }
    const strict = compileDefinition({ ...definition.data, format })
    const held = [{ credential: gemeente }, { credential: zorgkantoor }]
    const [descriptor] = explainDefinition(strict, held).descriptors
    expect(descriptor?.credentials.map(({ id, reasons }) => [id, reasons.length])).toEqual([
      [zorgkantoor.id, 1],
      [gemeente.id, 2],
    ])
  })

  test('heeds a selection, and refuses one by an unknown field', () => {
    const held = [{ credential: zorgkantoor }]
    const explanation = explainDefinition(definition, held, { selection: { role: 'gemeente' } })
    expect(explanation.fulfilled).toBe(false)
    expect(explanation.descriptors[0]?.credentials[0]?.reasons).toEqual([
      'field role is not the one of credential_selection',
    ])
    const refusal = refusalOf(() => explainDefinition(definition, held, { selection: { rol: 'x' } }))
    expect(refusal.code).toBe('request.bad_parameters')
  })

  test('reads as text', () => {
    const explanation = explainDefinition(definition, [{ credential: gemeente }])
    expect(renderExplanation(explanation).join('\n')).toBe(
      [
        'The wallet does not fulfil the definition lid.',
        '  missing: member: LedenadministratieCredential: field role does not match',
        '',
        'MISSING member: only members read here',
        `  asks: $.issuer is one of "${issuer.did.slice(0, 63)}…", "did:web:ander.example"`,
        '  asks: role is "zorgkantoor"',
        '  asks: agb is there',
        `  does not fit: LedenadministratieCredential ${gemeente.id}`,
        '    - field role does not match: $.credentialSubject[0].organization.role should be one that is "zorgkantoor"',
      ].join('\n'),
    )
    expect(renderExplanation(explainDefinition(definition, []))).toContain('  the wallet holds no credential')
  })
})
